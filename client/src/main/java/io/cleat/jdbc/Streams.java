// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Streams that are read into values. Null gives null. Thread-safe: stateless. */
final class Streams {
    private static final int BUFFER_CHARS = 8192;

    private Streams() {}

    /** A length that an array may have. */
    static int length(long length) throws SQLException {
        if (length < 0 || length > Integer.MAX_VALUE) {
            throw Misuse.unsupported("Data must have a length between 0 and Integer.MAX_VALUE");
        }
        return (int) length;
    }

    /** As many bytes as asked for. */
    static byte @Nullable [] bytes(@Nullable InputStream stream, int length) throws SQLException {
        if (length < 0) {
            throw Misuse.data("Error reading stream. Length should be non-negative");
        }
        if (stream == null) {
            return null;
        }
        try {
            // Never more memory than there are bytes, whatever the length says.
            final byte[] bytes = stream.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("End of stream has been reached");
            }
            return bytes;
        } catch (IOException e) {
            throw Misuse.data("Error reading stream", e);
        }
    }

    /** All bytes. */
    static byte @Nullable [] bytes(@Nullable InputStream stream) throws SQLException {
        if (stream == null) {
            return null;
        }
        try {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw Misuse.data("Error reading stream", e);
        }
    }

    static @Nullable String utf8(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** As many characters as asked for, or as there are. */
    static @Nullable String text(@Nullable Reader reader, int length) throws SQLException {
        if (reader == null) {
            return null;
        }
        final StringBuilder text = new StringBuilder();
        final char[] buffer = new char[BUFFER_CHARS];
        try {
            int left = length;
            while (left > 0) {
                final int count = reader.read(buffer, 0, Math.min(left, buffer.length));
                if (count < 0) {
                    break;
                }
                text.append(buffer, 0, count);
                left -= count;
            }
        } catch (IOException e) {
            throw Misuse.data("Cannot read from character stream, exception message: " + e.getMessage(), e);
        }
        return text.toString();
    }
}
