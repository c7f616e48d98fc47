// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.agrona.DirectBuffer;

/**
 * Tells of every message that passes, a line each, such as {@code sent Execute client=3 session=0 sequence=1  SELECT 1}.
 *
 * <p>Thread-safe: one message at a time. What listens is called by the thread that moves the message; what it throws is dropped.
 */
public final class MessageLog {
    private static final int MAX_TEXT_LENGTH = 200;

    private final Consumer<String> lines;
    private final RecordText text;

    /**
     * Begins.
     *
     * @param lines called with each line.
     * @param shown whether parameters and rows are shown; else how much there is of them.
     * @param errorNames what an error's number is called.
     */
    public MessageLog(Consumer<String> lines, boolean shown, IntFunction<String> errorNames) {
        this.lines = lines;
        this.text = new RecordText(MAX_TEXT_LENGTH, shown, errorNames);
    }

    /**
     * A message is on its way, or has come.
     *
     * @param what happened, such as {@code sent}.
     * @param buffer holds the message.
     * @param offset where it begins.
     * @param length how long it is.
     */
    public synchronized void log(String what, DirectBuffer buffer, int offset, int length) {
        final String line = what + " " + text.decode(buffer, offset, length);
        try {
            lines.accept(line);
        } catch (RuntimeException e) {
            // A log that fails must not end what it logs.
        }
    }
}
