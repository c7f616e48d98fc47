// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;

/**
 * What surrounds a payload inside a queue's document, little endian, so that half a record is never taken for one.
 *
 * <pre>
 *   0        4        8                8+length
 *   +--------+--------+----------------+-------------------+
 *   | length | CRC32C | payload        | 0..3 of padding   |
 *   +--------+--------+----------------+-------------------+
 * </pre>
 *
 * The checksum covers the payload; a wrong length moves its end, which the checksum finds. Holds scratch memory:
 * thread-confined.
 */
final class RecordFrame {
    static final int LENGTH_OFFSET = 0;
    static final int CRC_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    static final int PAYLOAD_OFFSET = CRC_OFFSET + Integer.BYTES;
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Bytes that a document may have beyond its payload: Chronicle pads to four, and up to eight in odd places. */
    static final int MAX_PADDING_BYTES = 7;

    private static final int SCRATCH_BYTES = 4096;

    private final CRC32C crc = new CRC32C();
    private final byte[] scratch = new byte[SCRATCH_BYTES];

    /** The checksum of a payload. Off-heap bytes go through a small array: the JDK takes only arrays and its buffers. */
    int checksum(DirectBuffer buffer, int offset, int length) {
        crc.reset();
        byte[] array = buffer.byteArray();
        if (array != null) {
            crc.update(array, buffer.wrapAdjustment() + offset, length);
        } else {
            int end = offset + length;
            for (int at = offset; at < end; ) {
                int part = Math.min(SCRATCH_BYTES, end - at);
                buffer.getBytes(at, scratch, 0, part);
                crc.update(scratch, 0, part);
                at += part;
            }
        }
        return (int) crc.getValue();
    }

    /**
     * The length of the payload in a document, or −1 when the document cannot hold it.
     *
     * @param document a view of the whole document, padding included
     */
    static int payloadLength(DirectBuffer document) {
        int capacity = document.capacity();
        if (capacity <= PAYLOAD_OFFSET) {
            return -1;
        }
        int length = document.getInt(LENGTH_OFFSET, ORDER);
        int spare = capacity - PAYLOAD_OFFSET - length;
        return length < 1 || spare < 0 || spare > MAX_PADDING_BYTES ? -1 : length;
    }
}
