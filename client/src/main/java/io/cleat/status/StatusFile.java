// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static io.cleat.status.StatusFileDescriptor.*;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.MappedFile;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;

/**
 * {@code status.dat} of one coordinator, mapped. It can be read with the coordinator dead.
 *
 * <p>Nothing has to be closed: the mapping goes with the garbage collector when nobody uses it any more, so that a thread
 * that is late cannot crash the JVM.
 *
 * <p>Threading: any thread.
 */
public final class StatusFile {
    private final Path path;
    private final StatusMemory memory;
    private final StatusHeader header;
    private final ClientTable clients;
    private final StatusCounters counters;

    private StatusFile(final Path path, final MapMode mode) {
        this.path = path;
        this.memory =
                new StatusMemory(new UnsafeBuffer(MappedFile.map(path, FILE_LENGTH, mode)), mode == MapMode.READ_WRITE);
        this.header = new StatusHeader(memory);
        this.clients = new ClientTable(memory);
        this.counters = new StatusCounters(memory);
    }

    /**
     * Makes the file anew, in state STARTING, and puts it in place atomically. By a coordinator that owns the name.
     *
     * @param path of the file; its folder exists.
     * @param identity what the coordinator says about itself.
     * @return the file, to be read and written.
     * @throws CleatException with STORAGE_FULL, PERMISSION or IO.
     */
    public static StatusFile create(final Path path, final StatusIdentity identity) {
        MappedFile.create(path, StatusImage.of(identity));
        return open(path);
    }

    /**
     * Opens the file for a client.
     *
     * @param path of the file.
     * @return the file, to be read and written.
     * @throws CleatException with DAMAGED, INCOMPATIBLE, PERMISSION or IO (missing); the file is not changed.
     */
    public static StatusFile open(final Path path) {
        StatusImage.check(path, MappedFile.readHead(path, STATIC_LENGTH));
        return new StatusFile(path, MapMode.READ_WRITE);
    }

    /**
     * Opens the file for a tool.
     *
     * @param path of the file.
     * @return the file; methods that would write throw MISUSE.
     * @throws CleatException as {@link #open}.
     */
    public static StatusFile openReadOnly(final Path path) {
        StatusImage.check(path, MappedFile.readHead(path, STATIC_LENGTH));
        return new StatusFile(path, MapMode.READ_ONLY);
    }

    /**
     * Where the file is, or was.
     *
     * @return the path that it was opened by.
     */
    public Path path() {
        return path;
    }

    /**
     * The header.
     *
     * @return always the same object.
     */
    public StatusHeader header() {
        return header;
    }

    /**
     * The clients.
     *
     * @return always the same object.
     */
    public ClientTable clients() {
        return clients;
    }

    /**
     * The counters.
     *
     * @return always the same object.
     */
    public StatusCounters counters() {
        return counters;
    }

    /**
     * A log that keeps each distinct error once, with a count. By the coordinator, once for a new file; the log is
     * thread-safe.
     *
     * @param clock tells the time of errors, in milliseconds since 1970.
     * @return the log.
     */
    public DistinctErrorLog errorLog(final EpochClock clock) {
        return new DistinctErrorLog(new UnsafeBuffer(memory.write(), ERRORS_OFFSET, ERRORS_LENGTH), clock);
    }

    /**
     * Everything at the moment of asking, decoded. What is damaged is left out.
     *
     * @return a copy.
     */
    public StatusSnapshot snapshot() {
        return SnapshotReader.read(this, memory.read());
    }

    static CleatException damaged(final Path path, final String how) {
        return new CleatException(ErrorCode.DAMAGED, path + " is damaged: " + how);
    }
}
