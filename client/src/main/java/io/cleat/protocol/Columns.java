// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a result: names as SQLite gives them, and declared types where SQLite knows one.
 *
 * <p>Immutable, so thread-safe. Keeps its encoded form, so that a receiver can tell an unchanged description by its bytes.
 */
public final class Columns {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** SQLite's own upper bound of columns in a result (SQLITE_MAX_COLUMN may be raised to it when SQLite is built). */
    public static final int MAX_COLUMN_COUNT = 32767;

    private final String[] names;
    private final @Nullable String[] declaredTypes;
    private final byte[] encoded;

    private Columns(String[] names, @Nullable String[] declaredTypes, byte[] encoded) {
        this.names = names;
        this.declaredTypes = declaredTypes;
        this.encoded = encoded;
    }

    /**
     * Describes columns.
     *
     * @param names one a column; duplicates are allowed.
     * @param declaredTypes one a column, null where none is declared.
     * @return the description.
     */
    public static Columns of(List<String> names, List<@Nullable String> declaredTypes) {
        if (names.size() != declaredTypes.size() || names.size() > MAX_COLUMN_COUNT) {
            throw new IllegalArgumentException("names=" + names.size() + " declaredTypes=" + declaredTypes.size());
        }
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(16 + names.size() * 32);
        buffer.putInt(0, names.size(), ORDER);
        int offset = Integer.BYTES;
        for (int i = 0; i < names.size(); i++) {
            offset = put(buffer, offset, names.get(i));
            offset = put(buffer, offset, declaredTypes.get(i));
        }
        return new Columns(
                names.toArray(String[]::new),
                declaredTypes.toArray(String[]::new),
                Arrays.copyOf(buffer.byteArray(), offset));
    }

    /**
     * Decodes a description.
     *
     * @param buffer holds it.
     * @param offset where it begins.
     * @param lengthBytes how long it is.
     * @return the description.
     * @throws ProtocolException when the bytes are not one.
     */
    public static Columns decode(DirectBuffer buffer, int offset, int lengthBytes) {
        final int end = offset + lengthBytes;
        final int count = lengthBytes < Integer.BYTES ? -1 : buffer.getInt(offset, ORDER);
        if (count < 0 || count > MAX_COLUMN_COUNT) {
            throw new ProtocolException("columns: count=" + count + " lengthBytes=" + lengthBytes);
        }
        final List<String> names = new ArrayList<>();
        final List<@Nullable String> types = new ArrayList<>();
        int at = offset + Integer.BYTES;
        for (int i = 0; i < 2 * count; i++) {
            final int length = at + Integer.BYTES > end ? Integer.MIN_VALUE : buffer.getInt(at, ORDER);
            at += Integer.BYTES;
            if (length < -1 || length > end - at) {
                throw new ProtocolException("columns: field=" + i + " length=" + length + " remaining=" + (end - at));
            }
            final @Nullable String text = length == -1 ? null : buffer.getStringWithoutLengthUtf8(at, length);
            at += Math.max(length, 0);
            if ((i & 1) == 0) {
                names.add(text == null ? "" : text);
            } else {
                types.add(text);
            }
        }
        final byte[] encoded = new byte[lengthBytes];
        buffer.getBytes(offset, encoded);
        return new Columns(names.toArray(String[]::new), types.toArray(String[]::new), encoded);
    }

    /**
     * Tells whether bytes describe the same columns.
     *
     * @param buffer holds the bytes.
     * @param offset where they begin.
     * @param lengthBytes how many.
     * @return true when they are the encoded form of this.
     */
    public boolean isEncodedAs(DirectBuffer buffer, int offset, int lengthBytes) {
        if (lengthBytes != encoded.length) {
            return false;
        }
        for (int i = 0; i < lengthBytes; i++) {
            if (buffer.getByte(offset + i) != encoded[i]) {
                return false;
            }
        }
        return true;
    }

    /** {@return the encoded form; the caller does not change it} */
    public byte[] encoded() {
        return encoded;
    }

    /** {@return how many columns there are} */
    public int count() {
        return names.length;
    }

    /**
     * The name of a column.
     *
     * @param column from 0.
     * @return as SQLite gives it.
     */
    public String name(int column) {
        return names[column];
    }

    /**
     * The declared type of a column.
     *
     * @param column from 0.
     * @return as in CREATE TABLE, or null for an expression or a column without one.
     */
    public @Nullable String declaredType(int column) {
        return declaredTypes[column];
    }

    /**
     * Finds a column by name: an exact match first, else one that differs in case only.
     *
     * @param name to look for.
     * @return its index from 0, or -1.
     */
    public int indexOf(String name) {
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        final String folded = name.toLowerCase(Locale.ROOT);
        for (int i = 0; i < names.length; i++) {
            if (names[i].toLowerCase(Locale.ROOT).equals(folded)) {
                return i;
            }
        }
        return -1;
    }

    /** {@return the names, comma separated} */
    @Override
    public String toString() {
        return String.join(", ", names);
    }

    private static int put(ExpandableArrayBuffer buffer, int offset, @Nullable String text) {
        if (text == null) {
            buffer.putInt(offset, -1, ORDER);
            return offset + Integer.BYTES;
        }
        final byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        buffer.putInt(offset, utf8.length, ORDER);
        buffer.putBytes(offset + Integer.BYTES, utf8);
        return offset + Integer.BYTES + utf8.length;
    }
}
