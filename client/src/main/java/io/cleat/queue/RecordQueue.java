// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;

/**
 * Moves opaque records between processes: a folder of cycle files in shared memory. Any number of processes may write
 * and read; each reader sees all records in one order.
 *
 * <p>The queue itself is thread-safe but for {@link #close()}, which the thread that owns the queue calls when no other
 * thread uses its writers and readers any more: a close that races with them can crash the JVM. Writers and readers are
 * thread-confined.
 */
public final class RecordQueue implements AutoCloseable {
    private final Path directory;
    private final Path key;
    private final @Nullable SingleChronicleQueue chronicle;
    private final @Nullable QueueSettings settings;
    private final Set<AutoCloseable> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean closed;

    private RecordQueue(Path directory, @Nullable SingleChronicleQueue chronicle, @Nullable QueueSettings settings) {
        this.directory = directory;
        this.key = WriterRegistry.key(directory);
        this.chronicle = chronicle;
        this.settings = settings;
    }

    /**
     * Opens a queue and makes it when it is not there. For the process that owns it.
     *
     * @throws CleatException MISUSE when JVM options are missing, with the line to add; STORAGE_FULL; INCOMPATIBLE when
     *     the folder holds a queue of another shape; IO
     */
    public static RecordQueue create(Path directory, QueueSettings settings) {
        JvmFlags.check();
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot make the queue directory=" + directory, e);
        }
        return uninterrupted(
                () -> new RecordQueue(directory, ChronicleOpener.open(directory, settings, true), settings));
    }

    /**
     * Opens a queue that exists.
     *
     * @throws CleatException as {@link #create}; IO when there is no queue
     */
    public static RecordQueue open(Path directory, QueueSettings settings) {
        JvmFlags.check();
        requireQueue(directory);
        return uninterrupted(
                () -> new RecordQueue(directory, ChronicleOpener.open(directory, settings, false), settings));
    }

    /**
     * Opens a queue to look at it: nothing is mapped or changed, no owner and no JVM options are needed, and damaged
     * files give damaged records. Readers follow what is written meanwhile.
     *
     * @throws CleatException IO when there is no queue
     */
    public static RecordQueue openReadOnly(Path directory) {
        requireQueue(directory);
        return new RecordQueue(directory, null, null);
    }

    /**
     * A new writer.
     *
     * @throws CleatException MISUSE when the queue is read-only; CLOSED; TIMEOUT when the write lock is not to be had
     */
    public RecordWriter writer() {
        SingleChronicleQueue queue = writable();
        QueueSettings with = settings();
        SpaceGuard guard =
                new SpaceGuard(usableSpace(directory, with), with.storageReserveBytes(), "the queue " + directory);
        ExcerptAppender appender = uninterrupted(() -> ChronicleOpener.appender(this, queue));
        WriterRegistry.opened(key);
        return register(new RecordWriter(this, appender, guard, with));
    }

    /** A new reader that begins with the oldest record there is. */
    public RecordReader readerFromStart() {
        return reader(false);
    }

    /**
     * A new reader that begins after what is there now.
     *
     * @throws CleatException CLOSED; DAMAGED when the end cannot be found
     */
    public RecordReader readerFromEnd() {
        return reader(true);
    }

    /**
     * Deletes the cycles below one, but never the newest that has a file. Others may write and read later cycles
     * meanwhile; a reader still inside a deleted cycle skips on without a word, so pass what every reader has left.
     *
     * @return cycle files deleted
     * @throws CleatException MISUSE when the queue is read-only; CLOSED; IO
     */
    public int prune(int belowCycle) {
        SingleChronicleQueue queue = writable();
        int deleted = CycleFiles.deleteBelow(directory, belowCycle);
        if (deleted > 0) {
            uninterrupted(() -> {
                queue.refreshDirectoryListing();
                return deleted;
            });
        }
        return deleted;
    }

    /** The cycles that have a file, in order. */
    public List<Integer> cycles() {
        return Arrays.stream(CycleFiles.list(directory)).boxed().toList();
    }

    /** The folder. */
    public Path directory() {
        return directory;
    }

    /** Closes the writers and readers made here, then the queue. Idempotent; see the class about threads. */
    @Override
    public void close() {
        synchronized (open) {
            if (closed) {
                return;
            }
            closed = true;
        }
        for (AutoCloseable each : List.copyOf(open)) {
            if (each instanceof RecordWriter writer) {
                writer.close();
            } else if (each instanceof RecordReader reader) {
                reader.close();
            }
        }
        SingleChronicleQueue queue = chronicle;
        if (queue != null) {
            uninterrupted(queue::close);
        }
    }

    void closed(AutoCloseable child) {
        if (child instanceof RecordWriter) {
            WriterRegistry.closed(key);
        }
        synchronized (open) {
            open.remove(child);
        }
    }

    CleatException lockTimeout(@Nullable Throwable cause) {
        return ChronicleOpener.lockTimeout(writable(), settings(), cause);
    }

    /** After an error inside a write; see {@link LockHolder#freeOwn}. */
    void freeOwnLock() {
        if (WriterRegistry.isLone(key)) {
            LockHolder.freeOwn(writable(), settings());
        }
    }

    /** Runs something whose file channels an interrupt would close, with the flag clear, and sets it again. */
    static <T> T uninterrupted(Supplier<T> action) {
        boolean interrupted = Thread.interrupted();
        try {
            return action.get();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static void uninterrupted(Runnable action) {
        uninterrupted(() -> {
            action.run();
            return true;
        });
    }

    private RecordReader reader(boolean atEnd) {
        SingleChronicleQueue queue = chronicle;
        if (queue == null) {
            ensureOpen();
            ScanReader reader = new ScanReader(directory);
            if (atEnd) {
                reader.toEnd();
            }
            return register(reader);
        }
        writable();
        ExcerptTailer tailer = uninterrupted(() -> ChronicleOpener.tailer(queue, directory, atEnd));
        return register(new TailerReader(this, tailer, settings()));
    }

    private <T extends AutoCloseable> T register(T child) {
        synchronized (open) {
            open.add(child);
        }
        return child;
    }

    private SingleChronicleQueue writable() {
        ensureOpen();
        SingleChronicleQueue queue = chronicle;
        if (queue == null) {
            throw new CleatException(ErrorCode.MISUSE, "the queue was opened to read only directory=" + directory);
        }
        return queue;
    }

    private QueueSettings settings() {
        QueueSettings with = settings;
        if (with == null) {
            throw new CleatException(ErrorCode.MISUSE, "the queue was opened to read only directory=" + directory);
        }
        return with;
    }

    private void ensureOpen() {
        synchronized (open) {
            if (closed) {
                throw new CleatException(ErrorCode.CLOSED, "queue closed directory=" + directory);
            }
        }
    }

    private static void requireQueue(Path directory) {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                || !Files.isRegularFile(directory.resolve(CycleFiles.METADATA), LinkOption.NOFOLLOW_LINKS)) {
            throw new CleatException(ErrorCode.IO, "there is no queue in directory=" + directory);
        }
    }

    static LongSupplier usableSpace(Path directory, QueueSettings settings) {
        LongSupplier given = settings.usableSpaceBytes();
        if (given != null) {
            return given;
        }
        // A FileStore says the same, but reads the whole mount table to be made.
        File folder = directory.toFile();
        return () -> {
            long bytes = folder.getUsableSpace();
            if (bytes == 0 && !folder.isDirectory()) {
                throw new CleatException(ErrorCode.IO, "cannot ask for the space of directory=" + directory);
            }
            return bytes;
        };
    }
}
