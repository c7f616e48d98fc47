// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.nameserver.DatabaseName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A URL in its parts: {@code jdbc:cleat:NAME?option=value&…}, {@code jdbc:cleat:sqlite:NAME…}, or {@code jdbc:cleat:file:/path/app.db…}.
 * Path and values may be percent-encoded. Immutable.
 *
 * @param name of the database.
 * @param file of SQLite, canonical; null in the first two forms.
 * @param options as they are in the URL; the first one of a name counts, as in sqlite-jdbc.
 */
record JdbcUrl(String name, @Nullable Path file, Map<String, String> options) {
    static final String PREFIX = "jdbc:cleat:";

    private static final String SQLITE = "sqlite:";
    private static final String FILE = "file:";
    private static final int MAX_READABLE = 40;
    private static final int HASH_BYTES = 8;

    static boolean isOurs(@Nullable String url) {
        return url != null && url.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
    }

    /** The parts of a URL that {@link #isOurs}. */
    static JdbcUrl parse(String url) throws SQLException {
        final String trimmed = url.trim();
        final int query = trimmed.indexOf('?');
        final String options = query < 0 ? "" : trimmed.substring(query + 1);
        String target = trimmed.substring(PREFIX.length(), query < 0 ? trimmed.length() : query);
        if (target.startsWith(SQLITE)) {
            target = target.substring(SQLITE.length());
        }
        if (target.startsWith(FILE)) {
            final Path file = canonical(decode(target.substring(FILE.length()), url), url);
            return new JdbcUrl(nameOf(file), file, options(options, url));
        }
        final String name = decode(target, url);
        if (!DatabaseName.isValid(name)) {
            throw JdbcErrors.badUrl("not a database name: '" + name
                    + "' (a name is [a-z0-9][a-z0-9._-]{0,62}; a file is jdbc:cleat:file:/path/app.db): url=" + url);
        }
        return new JdbcUrl(name, null, options(options, url));
    }

    /**
     * The name under which a file is served by whoever opens it by path: always the same for the same file, and never that of another one.
     *
     * @param file canonical.
     * @return the readable part of the file's name, and a hash of the path.
     */
    static String nameOf(Path file) {
        final String lower = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        final StringBuilder readable = new StringBuilder();
        for (int i = 0; i < lower.length() && readable.length() < MAX_READABLE; i++) {
            final char c = lower.charAt(i);
            final boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (alphanumeric || readable.length() > 0) {
                readable.append(alphanumeric || c == '.' || c == '_' ? c : '-');
            }
        }
        return (readable.length() == 0 ? "db" : readable) + "-" + hash(file.toString());
    }

    private static String hash(String path) {
        try {
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(path.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Symbolic links, dots and the like resolved; the file itself need not be there. */
    static Path canonical(String path, String url) throws SQLException {
        // As in a file: URI.
        final String plain = path.startsWith("///") ? path.substring(2) : path;
        if (plain.isEmpty()) {
            throw JdbcErrors.badUrl("no path behind 'file:': url=" + url);
        }
        try {
            return Path.of(plain).toFile().getCanonicalFile().toPath();
        } catch (IOException | IllegalArgumentException e) {
            final SQLException failure = JdbcErrors.badUrl("not a path: '" + plain + "': url=" + url);
            failure.initCause(e);
            throw failure;
        }
    }

    private static Map<String, String> options(String query, String url) throws SQLException {
        final Map<String, String> result = new LinkedHashMap<>();
        for (final String pair : query.split("&", -1)) {
            if (!pair.isBlank()) {
                final int equals = pair.indexOf('=');
                if (equals < 1) {
                    throw JdbcErrors.badUrl("not option=value: '" + pair + "': url=" + url);
                }
                result.putIfAbsent(
                        decode(pair.substring(0, equals), url).trim(), decode(pair.substring(equals + 1), url));
            }
        }
        return result;
    }

    /** Unlike in a form, a plus is a plus. */
    private static String decode(String text, String url) throws SQLException {
        if (text.indexOf('%') < 0) {
            return text;
        }
        final byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        final ByteArrayOutputStream decoded = new ByteArrayOutputStream(encoded.length);
        int i = 0;
        while (i < encoded.length) {
            if (encoded[i] == '%') {
                if (i + 2 >= encoded.length || !isHex(encoded[i + 1]) || !isHex(encoded[i + 2])) {
                    throw JdbcErrors.badUrl("a percent sign is written %25: '" + text + "': url=" + url);
                }
                decoded.write((HexFormat.fromHexDigit(encoded[i + 1]) << 4) | HexFormat.fromHexDigit(encoded[i + 2]));
                i += 3;
            } else {
                decoded.write(encoded[i]);
                i++;
            }
        }
        return decoded.toString(StandardCharsets.UTF_8);
    }

    private static boolean isHex(byte c) {
        return HexFormat.isHexDigit(c);
    }
}
