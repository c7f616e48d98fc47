// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import org.jspecify.annotations.Nullable;

/**
 * Has the pages behind the last record made in idle time. A page of shared memory that nobody has used costs its first
 * writer some microseconds, and each reading process again; pages that are there the kernel gives to a reader sixteen at
 * a time. Chronicle's own toucher goes one page ahead only. Thread-confined: part of a writer.
 */
final class PageToucher {
    static final int AHEAD_BYTES = 64 << 10;
    private static final int PAGE_BYTES = 4096;

    private @Nullable Bytes<?> bytes;
    private long end;
    private long touchedTo;

    /** A record ends here. The bytes belong to the appender and stay valid until its next write or its close. */
    void wrote(Bytes<?> written, long endPosition) {
        if (written != bytes) {
            bytes = written;
            touchedTo = 0;
        }
        end = endPosition;
    }

    void forget() {
        bytes = null;
    }

    boolean touch(SpaceGuard guard) {
        Bytes<?> mapped = bytes;
        if (mapped == null || touchedTo >= end + AHEAD_BYTES) {
            return false;
        }
        long page = Math.max(touchedTo, end + PAGE_BYTES - 1 & -PAGE_BYTES);
        BytesStore<?, ?> store = mapped.bytesStore();
        // Past the mapped block nothing can be touched; the next write maps a new one.
        if (store == null || !store.inside(page, Long.BYTES) || !guard.mayTouch(PAGE_BYTES)) {
            return false;
        }
        // Zero for zero: what another process has written there meanwhile stays.
        store.compareAndSwapLong(page, 0, 0);
        touchedTo = page + PAGE_BYTES;
        return true;
    }
}
