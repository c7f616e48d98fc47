// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Hosting;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a URL and Properties ask for, checked. As in sqlite-jdbc, a property wins over the same option of the URL. {@code user} and
 * {@code password} are ignored: who may use the directory may use the database.
 *
 * <p>Immutable.
 */
final class JdbcOptions {
    /** How dates are stored; as in sqlite-jdbc. */
    enum DateClass {
        INTEGER,
        TEXT,
        REAL
    }

    /** The unit of dates that are stored as INTEGER. */
    enum DatePrecision {
        SECONDS,
        MILLISECONDS
    }

    /** How transactions begin. */
    enum TransactionMode {
        DEFERRED,
        IMMEDIATE,
        EXCLUSIVE
    }

    private static final Duration UNLIMITED = Duration.ofDays(1);
    private static final Duration DEFAULT_BUSY_TIMEOUT = Duration.ofSeconds(3);
    private static final Pattern PRAGMA_VALUE = Pattern.compile("-?[A-Za-z0-9_.-]+");
    private static final String DEFAULT_DATE_STRING_FORMAT = "yyyy-MM-dd HH:mm:ss.SSS";

    private final String url;
    private final JdbcUrl parts;
    private final Map<JdbcOption, String> values = new EnumMap<>(JdbcOption.class);
    private final @Nullable Path file;
    private final Duration busyTimeout;
    private final Duration queryTimeout;
    private final int fetchSize;
    private final TransactionMode transactionMode;
    private final DateClass dateClass;
    private final DatePrecision datePrecision;
    private final Map<String, String> pragmas;

    private JdbcOptions(String url, JdbcUrl parts, Map<JdbcOption, String> values) throws SQLException {
        this.url = url;
        this.parts = parts;
        this.values.putAll(values);
        final @Nullable String named = values.get(JdbcOption.FILE);
        file = named == null ? parts.file() : JdbcUrl.canonical(named, url);
        busyTimeout = duration(JdbcOption.BUSY_TIMEOUT, DEFAULT_BUSY_TIMEOUT);
        final Duration wanted = duration(JdbcOption.QUERY_TIMEOUT, UNLIMITED);
        queryTimeout = wanted.isZero() ? UNLIMITED : wanted;
        fetchSize = integer(JdbcOption.FETCH_SIZE, 0);
        transactionMode = choice(JdbcOption.TRANSACTION_MODE, TransactionMode.class, TransactionMode.DEFERRED);
        dateClass = choice(JdbcOption.DATE_CLASS, DateClass.class, DateClass.INTEGER);
        datePrecision = choice(JdbcOption.DATE_PRECISION, DatePrecision.class, DatePrecision.MILLISECONDS);
        pragmas = checkedPragmas();
        // To be wrong at once rather than when they are needed.
        hosting();
        isReadOnly();
        getsGeneratedKeys();
        connectTimeout();
        reattachTimeout();
        linger();
    }

    /** The options of a URL that is {@linkplain JdbcUrl#isOurs ours}. */
    static JdbcOptions of(String url, Properties properties) throws SQLException {
        final JdbcUrl parts = JdbcUrl.parse(url);
        final Map<JdbcOption, String> values = new EnumMap<>(JdbcOption.class);
        for (final String key : properties.stringPropertyNames()) {
            if (!key.equals("user") && !key.equals("password")) {
                values.put(known(key, url), properties.getProperty(key));
            }
        }
        for (final Map.Entry<String, String> option : parts.options().entrySet()) {
            values.putIfAbsent(known(option.getKey(), url), option.getValue());
        }
        return new JdbcOptions(url, parts, values);
    }

    private static JdbcOption known(String key, String url) throws SQLException {
        final @Nullable JdbcOption option = JdbcOption.find(key);
        if (option == null) {
            throw JdbcErrors.badUrl(
                    "unknown option '" + key + "'; the known ones are " + JdbcOption.known() + ": url=" + url);
        }
        return option;
    }

    String url() {
        return url;
    }

    String name() {
        return parts.name();
    }

    /** The SQLite file that this JVM may host, canonical; or null. */
    @Nullable
    Path file() {
        return file;
    }

    @Nullable
    Path directory() {
        final @Nullable String value = values.get(JdbcOption.DIRECTORY);
        return value == null ? null : Path.of(value);
    }

    Hosting hosting() throws SQLException {
        return choice(JdbcOption.HOSTING, Hosting.class, Hosting.IN_THIS_JVM);
    }

    @Nullable
    String clientName() {
        return values.get(JdbcOption.CLIENT_NAME);
    }

    @Nullable
    String identity() {
        return values.get(JdbcOption.IDENTITY);
    }

    @Nullable
    String schema() {
        return values.get(JdbcOption.SCHEMA);
    }

    /** Null for the client API's default. */
    @Nullable
    Duration connectTimeout() throws SQLException {
        return values.containsKey(JdbcOption.CONNECT_TIMEOUT) ? duration(JdbcOption.CONNECT_TIMEOUT, UNLIMITED) : null;
    }

    /** Null for the client API's default. */
    @Nullable
    Duration reattachTimeout() throws SQLException {
        return values.containsKey(JdbcOption.REATTACH_TIMEOUT)
                ? duration(JdbcOption.REATTACH_TIMEOUT, UNLIMITED)
                : null;
    }

    /** Null where none is set. */
    @Nullable
    Duration linger() throws SQLException {
        return values.containsKey(JdbcOption.LINGER) ? duration(JdbcOption.LINGER, UNLIMITED) : null;
    }

    /** Of statements that set none; a day where there is no limit. */
    Duration queryTimeout() {
        return queryTimeout;
    }

    /** How long a write waits for others. */
    Duration busyTimeout() {
        return busyTimeout;
    }

    int fetchSize() {
        return fetchSize;
    }

    boolean isReadOnly() throws SQLException {
        return truth(JdbcOption.READ_ONLY, false);
    }

    boolean getsGeneratedKeys() throws SQLException {
        return truth(JdbcOption.GET_GENERATED_KEYS, true);
    }

    TransactionMode transactionMode() {
        return transactionMode;
    }

    DateClass dateClass() {
        return dateClass;
    }

    DatePrecision datePrecision() {
        return datePrecision;
    }

    String dateStringFormat() {
        return values.getOrDefault(JdbcOption.DATE_STRING_FORMAT, DEFAULT_DATE_STRING_FORMAT);
    }

    /** The PRAGMAs to set when a connection is opened, with their values. Unmodifiable. */
    Map<String, String> pragmas() {
        return pragmas;
    }

    @Nullable
    String value(JdbcOption option) {
        return values.get(option);
    }

    private Map<String, String> checkedPragmas() throws SQLException {
        final Map<String, String> result = new LinkedHashMap<>();
        for (final Map.Entry<JdbcOption, String> option : values.entrySet()) {
            final String value = option.getValue().trim();
            if (option.getKey().pragma() != JdbcOption.Pragma.NONE && !value.isEmpty()) {
                if (!PRAGMA_VALUE.matcher(value).matches()) {
                    throw wrong(option.getKey(), value, "a word or a number", null);
                }
                result.put(option.getKey().key(), value);
            }
        }
        return Collections.unmodifiableMap(result);
    }

    private <E extends Enum<E>> E choice(JdbcOption option, Class<E> type, E otherwise) throws SQLException {
        final @Nullable String value = values.get(option);
        if (value == null || value.isBlank()) {
            return otherwise;
        }
        try {
            return Enum.valueOf(type, value.trim().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw wrong(option, value, "one of " + String.join(", ", option.choices()), e);
        }
    }

    private boolean truth(JdbcOption option, boolean otherwise) throws SQLException {
        final @Nullable String value = values.get(option);
        if (value == null || value.isBlank()) {
            return otherwise;
        }
        return switch (value.trim().toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes", "1" -> true;
            case "false", "off", "no", "0" -> false;
            default -> throw wrong(option, value, "true or false", null);
        };
    }

    private int integer(JdbcOption option, int otherwise) throws SQLException {
        final @Nullable String value = values.get(option);
        if (value == null) {
            return otherwise;
        }
        try {
            final int number = Integer.parseInt(value.trim());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw wrong(option, value, "a number", e);
        }
        throw wrong(option, value, "0 or more", null);
    }

    private Duration duration(JdbcOption option, Duration otherwise) throws SQLException {
        final @Nullable String value = values.get(option);
        if (value == null) {
            return otherwise;
        }
        final String trimmed = value.trim();
        final int unit = trimmed.length()
                - (int) trimmed.chars().filter(Character::isLetter).count();
        try {
            final long number = Math.max(0, Long.parseLong(trimmed.substring(0, unit)));
            return switch (trimmed.substring(unit)) {
                case "", "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                default -> throw new NumberFormatException("no unit: " + trimmed.substring(unit));
            };
        } catch (NumberFormatException e) {
            throw wrong(option, value, "milliseconds, or a number with ms, s or m", e);
        }
    }

    private SQLException wrong(JdbcOption option, String value, String range, @Nullable Throwable cause) {
        final SQLException failure =
                JdbcErrors.badUrl("option " + option.key() + "=" + value + " is to be " + range + ": url=" + url);
        if (cause != null) {
            failure.initCause(cause);
        }
        return failure;
    }
}
