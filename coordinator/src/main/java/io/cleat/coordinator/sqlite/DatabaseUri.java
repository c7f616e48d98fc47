// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes a path as an SQLite <a href="https://www.sqlite.org/uri.html">URI file name</a>. Thread-safe: no state. */
final class DatabaseUri {
    private static final String PLAIN = "/-._~:";

    private DatabaseUri() {}

    /** The URI of a file, every byte but letters, digits and {@code /-._~:} escaped, with the VFS asked for. */
    static String of(Path path, @Nullable String vfs) {
        String name = path.toAbsolutePath().toString();
        if (path.getFileSystem().getSeparator().equals("\\")) {
            name = name.replace('\\', '/');
        }
        StringBuilder uri = new StringBuilder("file:");
        if (!name.startsWith("/")) {
            uri.append('/');
        }
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if ((c < 0x80 && Character.isLetterOrDigit(c)) || PLAIN.indexOf(c) >= 0) {
                uri.append(c);
            } else {
                uri.append('%').append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            }
        }
        return vfs == null ? uri.toString() : uri.append("?vfs=").append(vfs).toString();
    }
}
