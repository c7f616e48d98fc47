// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Text in a field of fixed length: UTF-8, filled up with zeros, at least one of them.
 *
 * <p>Text that does not fit loses its beginning, as the end of a path says more, and starts with {@link #CUT} instead.
 *
 * <p>Threading: stateless, any thread.
 */
public final class TextField {
    /** How text begins that was too long. */
    public static final String CUT = "\u2026";

    private static final int CONTINUATION_MASK = 0xC0;
    private static final int CONTINUATION = 0x80;

    private TextField() {}

    /**
     * Writes a text, plainly.
     *
     * @param buffer to write to.
     * @param offset of the field.
     * @param lengthBytes of the field, more than 4.
     * @param text to write; zero characters in it end it for a reader.
     */
    public static void put(
            final MutableDirectBuffer buffer, final int offset, final int lengthBytes, final String text) {
        final byte[] bytes = fit(text.getBytes(UTF_8), lengthBytes - 1);
        buffer.putBytes(offset, bytes);
        buffer.setMemory(offset + bytes.length, lengthBytes - bytes.length, (byte) 0);
    }

    /**
     * Reads a text, plainly.
     *
     * @param buffer to read from.
     * @param offset of the field.
     * @param lengthBytes of the field.
     * @return the text up to the first zero; bytes that are not UTF-8 become replacement characters.
     */
    public static String get(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        final byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(offset, bytes);
        int length = 0;
        while (length < lengthBytes && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, UTF_8);
    }

    private static byte[] fit(final byte[] text, final int limit) {
        if (text.length <= limit) {
            return text;
        }
        final byte[] cut = CUT.getBytes(UTF_8);
        int from = text.length - (limit - cut.length);
        while (from < text.length && (text[from] & CONTINUATION_MASK) == CONTINUATION) {
            from++;
        }
        final byte[] result = Arrays.copyOf(cut, cut.length + text.length - from);
        System.arraycopy(text, from, result, cut.length, text.length - from);
        return result;
    }
}
