// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Blob;
import java.sql.SQLException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A BLOB of a result, which is here already; it cannot be changed. Not thread-safe. */
final class JdbcBlob implements Blob {
    private byte @Nullable [] bytes;

    /** The array becomes this object's own. */
    JdbcBlob(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public long length() throws SQLException {
        return bytes().length;
    }

    @Override
    public byte[] getBytes(long position, int length) throws SQLException {
        final byte[] all = bytes();
        Slices.check(position, length);
        final int start = (int) Math.min(position - 1, all.length);
        return Arrays.copyOfRange(all, start, (int) Math.min((long) start + length, all.length));
    }

    @Override
    public InputStream getBinaryStream() throws SQLException {
        return new ByteArrayInputStream(bytes());
    }

    @Override
    public InputStream getBinaryStream(long position, long length) throws SQLException {
        return new ByteArrayInputStream(getBytes(position, (int) Math.min(length, Integer.MAX_VALUE)));
    }

    @Override
    public long position(byte[] pattern, long start) throws SQLException {
        Slices.check(start, 0);
        final byte[] all = bytes();
        for (long at = start - 1; at <= (long) all.length - pattern.length; at++) {
            if (Arrays.equals(all, (int) at, (int) at + pattern.length, pattern, 0, pattern.length)) {
                return at + 1;
            }
        }
        return -1;
    }

    @Override
    public long position(Blob pattern, long start) throws SQLException {
        return position(pattern.getBytes(1, (int) pattern.length()), start);
    }

    @Override
    public int setBytes(long position, byte[] value) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public int setBytes(long position, byte[] value, int offset, int length) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public OutputStream setBinaryStream(long position) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public void truncate(long length) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public void free() {
        bytes = null;
    }

    private byte[] bytes() throws SQLException {
        final byte @Nullable [] known = bytes;
        if (known == null) {
            throw Misuse.of("no data");
        }
        return known;
    }
}
