// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.nio.file.Path;
import java.util.function.IntSupplier;
import net.openhft.chronicle.core.time.TimeProvider;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.MissingStoreFileException;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.UnrecoverableTimeoutException;
import org.jspecify.annotations.Nullable;

/** Opens Chronicle's queue, appenders and tailers our way. Thread-safe, stateless. */
final class ChronicleOpener {
    private static final String BLOCK_SIZE_KEY = "cleat.blockSizeBytes";
    private static final int FIRST_TOUCH_BYTES = 256 << 10;
    private static final int PRUNE_RETRIES = 100;

    private ChronicleOpener() {}

    static SingleChronicleQueue open(Path directory, QueueSettings settings, boolean create) {
        ChronicleLog.install();
        new SpaceGuard(
                        RecordQueue.usableSpace(directory, settings),
                        settings.storageReserveBytes(),
                        "the queue " + directory)
                .reserve(FIRST_TOUCH_BYTES);
        CycleHeader.checkAll(directory);
        SingleChronicleQueue queue;
        try {
            queue = SingleChronicleQueueBuilder.binary(directory)
                    .rollCycle(CycleFiles.ROLL_CYCLE)
                    .blockSize(settings.blockSizeBytes())
                    .timeoutMS(settings.writeLockTimeoutMs())
                    .timeProvider(time(settings.cycle()))
                    // A write that an interrupt ends halfway would leave half a document; we keep interrupts out.
                    .checkInterrupts(false)
                    // The listing in shared memory is kept by rolls and by prune; our clock must not re-read the
                    // folder.
                    .forceDirectoryListingRefreshIntervalMs(Long.MAX_VALUE)
                    .build();
        } catch (RuntimeException | AssertionError | InternalError | OutOfMemoryError e) {
            throw new CleatException(ErrorCode.IO, "cannot open the queue directory=" + directory, e);
        }
        try {
            checkShape(queue, directory, settings, create);
            if (create) {
                QueueFiles.makePrivate(directory.resolve(CycleFiles.METADATA));
            }
            return queue;
        } catch (RuntimeException e) {
            queue.close();
            throw e;
        }
    }

    static ExcerptAppender appender(RecordQueue owner, SingleChronicleQueue queue) {
        try {
            ExcerptAppender appender = queue.createAppender();
            appender.singleThreadedCheckDisabled(true);
            return appender;
        } catch (UnrecoverableTimeoutException e) {
            throw owner.lockTimeout(e);
        } catch (RuntimeException | AssertionError | InternalError | OutOfMemoryError e) {
            throw new CleatException(ErrorCode.DAMAGED, "cannot write to the queue directory=" + owner.directory(), e);
        }
    }

    static ExcerptTailer tailer(SingleChronicleQueue queue, Path directory, boolean atEnd) {
        for (int retries = 0; ; retries++) {
            try {
                ExcerptTailer tailer = queue.createTailer();
                tailer.singleThreadedCheckDisabled(true);
                return atEnd ? tailer.toEnd() : tailer;
            } catch (MissingStoreFileException e) {
                // Somebody deleted the oldest cycle between our look at the listing and at the file.
                if (retries == PRUNE_RETRIES) {
                    throw new CleatException(ErrorCode.DAMAGED, "cycles are missing in directory=" + directory, e);
                }
                queue.refreshDirectoryListing();
            } catch (RuntimeException | AssertionError | InternalError | OutOfMemoryError e) {
                throw new CleatException(ErrorCode.DAMAGED, "cannot read the queue directory=" + directory, e);
            }
        }
    }

    static CleatException lockTimeout(SingleChronicleQueue queue, QueueSettings settings, @Nullable Throwable cause) {
        return new CleatException(
                ErrorCode.TIMEOUT,
                "the write lock of the queue is held by " + LockHolder.describe(queue) + " timeoutMs="
                        + settings.writeLockTimeoutMs() + " directory=" + queue.file(),
                cause);
    }

    /** Chronicle makes cycles from time: give it a time that is our cycle. */
    private static TimeProvider time(IntSupplier cycle) {
        long lengthMs = CycleFiles.ROLL_CYCLE.lengthInMillis();
        return () -> cycle.getAsInt() * lengthMs;
    }

    private static void checkShape(SingleChronicleQueue queue, Path directory, QueueSettings settings, boolean create) {
        if (queue.rollCycle() != CycleFiles.ROLL_CYCLE) {
            throw new CleatException(
                    ErrorCode.INCOMPATIBLE,
                    "the queue has another roll cycle rollCycle=" + queue.rollCycle() + " expected="
                            + CycleFiles.ROLL_CYCLE + " directory=" + directory);
        }
        long blockSize = queue.tableStoreGet(BLOCK_SIZE_KEY);
        if (blockSize == Long.MIN_VALUE && create) {
            queue.tableStorePut(BLOCK_SIZE_KEY, settings.blockSizeBytes());
        } else if (blockSize != settings.blockSizeBytes()) {
            throw new CleatException(
                    ErrorCode.INCOMPATIBLE,
                    "the queue has another block size blockSizeBytes=" + blockSize + " expected="
                            + settings.blockSizeBytes() + " directory=" + directory);
        }
    }
}
