// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How a queue is opened. Both sides of a queue must use the same block size; it is checked at open. Immutable.
 *
 * @param cycle the cycle (file) that a write goes to, 0 to {@link #MAX_CYCLE}. Asked by writers under the queue's write
 *     lock and by readers at the end of a cycle; must never go back, and all processes of a queue must read the same
 *     counter. Called from any thread that uses the queue
 * @param blockSizeBytes bytes mapped at once, a power of two from 64 KiB to 1 GiB; the largest record is a quarter of it
 *     less {@link #RECORD_OVERHEAD_BYTES}
 * @param writeLockTimeoutMs how long a writer waits for another that is inside a write, 50 to 60,000; a dead one is
 *     found out after one to one and a half times this
 * @param storageReserveBytes a write is refused when it would leave less usable space than this
 * @param usableSpaceBytes tells the usable space of the queue's device; null asks the operating system
 */
public record QueueSettings(
        IntSupplier cycle,
        int blockSizeBytes,
        long writeLockTimeoutMs,
        long storageReserveBytes,
        @Nullable LongSupplier usableSpaceBytes) {
    /** The highest cycle: the last five minutes of the year 9999, so that file names stay in order. */
    public static final int MAX_CYCLE = 844_000_000;

    /** What a record costs besides its payload, at most: Chronicle's header, our length and checksum, padding. */
    public static final int RECORD_OVERHEAD_BYTES = 64;

    private static final int MIN_BLOCK_SIZE_BYTES = 64 << 10;
    private static final int MAX_BLOCK_SIZE_BYTES = 1 << 30;

    /** Checks the ranges. */
    public QueueSettings {
        if (Integer.bitCount(blockSizeBytes) != 1
                || blockSizeBytes < MIN_BLOCK_SIZE_BYTES
                || blockSizeBytes > MAX_BLOCK_SIZE_BYTES) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "block size must be a power of two from 65536 to 1073741824 blockSizeBytes=" + blockSizeBytes);
        }
        if (writeLockTimeoutMs < 50 || writeLockTimeoutMs > 60_000) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "write lock timeout must be from 50 to 60000 writeLockTimeoutMs=" + writeLockTimeoutMs);
        }
        if (storageReserveBytes < 0) {
            throw new CleatException(
                    ErrorCode.MISUSE, "reserve must not be negative storageReserveBytes=" + storageReserveBytes);
        }
    }

    /** Blocks of 2 MiB, 300 ms, 32 MiB of reserve, the operating system's word for the space. */
    public static QueueSettings of(IntSupplier cycle) {
        return new QueueSettings(cycle, 2 << 20, 300, 32L << 20, null);
    }

    /** The same with another block size. */
    public QueueSettings withBlockSizeBytes(int bytes) {
        return new QueueSettings(cycle, bytes, writeLockTimeoutMs, storageReserveBytes, usableSpaceBytes);
    }

    /** The same with another patience for the write lock. */
    public QueueSettings withWriteLockTimeoutMs(long timeoutMs) {
        return new QueueSettings(cycle, blockSizeBytes, timeoutMs, storageReserveBytes, usableSpaceBytes);
    }

    /** The same with another reserve. */
    public QueueSettings withStorageReserveBytes(long bytes) {
        return new QueueSettings(cycle, blockSizeBytes, writeLockTimeoutMs, bytes, usableSpaceBytes);
    }

    /** The same with another source of the usable space. */
    public QueueSettings withUsableSpaceBytes(LongSupplier bytes) {
        return new QueueSettings(cycle, blockSizeBytes, writeLockTimeoutMs, storageReserveBytes, bytes);
    }

    /** The largest payload of one record, in bytes. */
    public int maxRecordBytes() {
        return blockSizeBytes / 4 - RECORD_OVERHEAD_BYTES;
    }
}
