// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** The encoded rows of a result, put together as they arrive. Not thread-safe: one owner. */
public final class RowBytes {
    private static final int INITIAL_CAPACITY_BYTES = 256;
    private static final int RETAINED_CAPACITY_BYTES = 1 << 20;

    private ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
    private int lengthBytes;

    /** Begins without rows. */
    public RowBytes() {}

    /** Forgets the rows, and a buffer beyond 1 MiB. */
    public void clear() {
        if (buffer.capacity() > RETAINED_CAPACITY_BYTES) {
            buffer = new ExpandableArrayBuffer(INITIAL_CAPACITY_BYTES);
        }
        lengthBytes = 0;
    }

    /** {@return where the rows stand, from 0; valid until the next part is taken} */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** {@return how many bytes of rows there are} */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** Takes what has arrived; how many bytes. */
    int takeFrom(Call call) {
        final int taken = call.appendTo(buffer, lengthBytes);
        lengthBytes += taken;
        return taken;
    }
}
