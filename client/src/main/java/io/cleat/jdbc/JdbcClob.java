// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.sql.Clob;
import java.sql.NClob;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A text of a result, which is here already; it cannot be changed. Not thread-safe. */
final class JdbcClob implements NClob {
    private @Nullable String text;

    JdbcClob(String text) {
        this.text = text;
    }

    @Override
    public long length() throws SQLException {
        return text().length();
    }

    @Override
    public String getSubString(long position, int length) throws SQLException {
        final String all = text();
        Slices.check(position, length);
        final int start = (int) Math.min(position - 1, all.length());
        return all.substring(start, (int) Math.min((long) start + length, all.length()));
    }

    @Override
    public Reader getCharacterStream() throws SQLException {
        return new StringReader(text());
    }

    @Override
    public Reader getCharacterStream(long position, long length) throws SQLException {
        return new StringReader(getSubString(position, (int) Math.min(length, Integer.MAX_VALUE)));
    }

    @Override
    public InputStream getAsciiStream() throws SQLException {
        return new ByteArrayInputStream(text().getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public long position(String pattern, long start) throws SQLException {
        Slices.check(start, 0);
        final int found = text().indexOf(pattern, (int) Math.min(start - 1, Integer.MAX_VALUE));
        return found < 0 ? -1 : found + 1L;
    }

    @Override
    public long position(Clob pattern, long start) throws SQLException {
        return position(pattern.getSubString(1, (int) pattern.length()), start);
    }

    @Override
    public int setString(long position, String value) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public int setString(long position, String value, int offset, int length) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public OutputStream setAsciiStream(long position) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public Writer setCharacterStream(long position) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public void truncate(long length) throws SQLException {
        throw Misuse.unsupported();
    }

    @Override
    public void free() {
        text = null;
    }

    private String text() throws SQLException {
        final @Nullable String known = text;
        if (known == null) {
            throw Misuse.of("no data");
        }
        return known;
    }
}
