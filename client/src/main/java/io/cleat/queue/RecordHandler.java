// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import org.agrona.DirectBuffer;

/** Takes the records of a {@link RecordReader}. Called on the thread that polls, never by two at once. */
public interface RecordHandler {
    /**
     * One whole record, its length and checksum verified.
     *
     * @param buffer a view of the record and of nothing else: its capacity ends with the record, and it is valid only
     *     until this method returns. Do not write to it: the bytes are shared memory
     * @param offset where the record begins in the buffer
     * @param length bytes of the record, 1 or more
     */
    void onRecord(DirectBuffer buffer, int offset, int length);

    /**
     * A record that was skipped because its length or checksum is wrong. What follows it is delivered as usual.
     *
     * @param index the queue's number for the record; cycle and position are in the reason
     * @param reason what is wrong, with the values
     */
    void onDamaged(long index, String reason);
}
