// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.util.function.LongSupplier;

/**
 * Refuses writes while the device is nearly full: a page that cannot be had is a SIGBUS, and that is the end of the
 * JVM. Asks the operating system at most once per {@value #INTERVAL_BYTES} bytes written, so the reserve must hold what
 * all writers may write between two questions. Thread-confined: one a writer.
 */
final class SpaceGuard {
    static final int INTERVAL_BYTES = 256 << 10;

    private final LongSupplier usableSpaceBytes;
    private final long reserveBytes;
    private final String what;
    private long allowanceBytes;

    SpaceGuard(LongSupplier usableSpaceBytes, long reserveBytes, String what) {
        this.usableSpaceBytes = usableSpaceBytes;
        this.reserveBytes = reserveBytes;
        this.what = what;
    }

    /**
     * Called before memory is touched.
     *
     * @throws CleatException STORAGE_FULL with the values
     */
    void reserve(int lengthBytes) {
        if (allowanceBytes < lengthBytes) {
            ask(lengthBytes);
        }
        allowanceBytes -= lengthBytes;
    }

    /** Like {@link #reserve}, but tells instead of throwing. */
    boolean mayTouch(int lengthBytes) {
        if (allowanceBytes < lengthBytes) {
            if (usableSpaceBytes.getAsLong() < reserveBytes + lengthBytes) {
                return false;
            }
            allowanceBytes = Math.max(INTERVAL_BYTES, lengthBytes);
        }
        return true;
    }

    private void ask(int lengthBytes) {
        long usable = usableSpaceBytes.getAsLong();
        if (usable < reserveBytes + lengthBytes) {
            allowanceBytes = 0;
            throw new CleatException(
                    ErrorCode.STORAGE_FULL,
                    "too little space left for " + what + " usableBytes=" + usable + " reserveBytes=" + reserveBytes
                            + " recordBytes=" + lengthBytes);
        }
        allowanceBytes = Math.max(INTERVAL_BYTES, lengthBytes);
    }
}
