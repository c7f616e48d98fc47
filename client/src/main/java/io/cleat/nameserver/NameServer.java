// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who serves which name in a directory.
 *
 * <p>Looking up is lock-free and changes nothing. Registering, cleaning and asking whether an owner lives happen under
 * names.lock, so that a probe never makes a starting coordinator fail. Nothing has to be closed: mappings go with the
 * garbage collector.
 *
 * <p>Every method throws {@link CleatException} with DAMAGED, INCOMPATIBLE or PERMISSION if {@code names.dat} is not what
 * it should be, and with IO when the operating system fails; the file is not changed then.
 *
 * <p>Threading: any thread.
 */
public final class NameServer {
    /** How long to wait for names.lock, which is held for milliseconds. */
    private static final long LOCK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long PROBE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MIN_PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long MAX_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final CleatDirectory directory;
    private volatile @Nullable View view;

    private NameServer(final CleatDirectory directory) {
        this.directory = directory;
    }

    /** A mapping, and the file that it is of: the file at the path may be another by now. */
    private record View(NamesFile file, Object fileKey) {}

    /**
     * The name server of a directory. Creates no file before somebody registers.
     *
     * @param directory to look in.
     * @return a name server.
     */
    public static NameServer open(final CleatDirectory directory) {
        return new NameServer(directory);
    }

    /**
     * The name server of a directory, which is made if it is missing.
     *
     * @param directory to look in.
     * @return a name server.
     * @throws CleatException with PERMISSION or IO, see {@link CleatDirectory#resolve}.
     */
    public static NameServer open(final Path directory) {
        return open(CleatDirectory.resolve(directory));
    }

    /**
     * The directory that this is about.
     *
     * @return the directory.
     */
    public CleatDirectory directory() {
        return directory;
    }

    /**
     * What is registered under a name, lock-free: a dead coordinator's entry is found too, with liveness UNKNOWN.
     *
     * @param name of a database.
     * @return the entry, in any state but FREE.
     */
    public Optional<NameEntry> find(final String name) {
        DatabaseName.check(name);
        final NamesFile file = current();
        return file == null ? Optional.empty() : Optional.ofNullable(file.find(name));
    }

    /**
     * What is registered under a name, with its liveness. Takes names.lock for a moment.
     *
     * @param name of a database.
     * @return the entry; liveness is UNKNOWN only if names.lock could not be had within a second.
     */
    public Optional<NameEntry> probe(final String name) {
        if (find(name).isEmpty()) {
            return Optional.empty();
        }
        return told(() -> find(name).stream().toList(), PROBE_TIMEOUT_NS).stream()
                .findFirst();
    }

    /**
     * Everything that is registered, with its liveness. Changes nothing; takes names.lock for a moment.
     *
     * @return the entries in the order of their slots; liveness is UNKNOWN only if names.lock could not be had within a
     *     second.
     */
    public List<NameEntry> list() {
        final NamesFile file = current();
        return file == null || file.readAll().isEmpty() ? List.of() : told(file::readAll, PROBE_TIMEOUT_NS);
    }

    /**
     * Slots that are in use and cannot be read. They stay as they are.
     *
     * @return indexes, from 0; empty if all is well.
     */
    public List<Integer> damagedSlots() {
        final NamesFile file = current();
        final List<Integer> damaged = new ArrayList<>();
        for (int i = 0; file != null && i < NamesFileDescriptor.SLOT_COUNT; i++) {
            if (!file.isFree(i) && file.read(i) == null) {
                damaged.add(i);
            }
        }
        return damaged;
    }

    /**
     * Waits until a live coordinator is READY under a name.
     *
     * @param name of a database.
     * @param timeoutNs how long to wait at most, in nanoseconds; 0 looks once.
     * @return its entry, with liveness LIVE.
     * @throws CleatException with NOT_REGISTERED when the time is over, saying what is registered; with CANCELLED if the
     *     thread is interrupted (the flag stays up).
     */
    public NameEntry await(final String name, final long timeoutNs) {
        final long startNs = System.nanoTime();
        long pauseNs = MIN_PAUSE_NS;
        while (true) {
            final Optional<NameEntry> found = find(name);
            if (found.isPresent() && found.get().state() == NameState.READY) {
                final Optional<NameEntry> probed = probe(name);
                if (probed.isPresent()
                        && probed.get().state() == NameState.READY
                        && probed.get().liveness() == Liveness.LIVE) {
                    return probed.get();
                }
            }
            final long waitedNs = System.nanoTime() - startNs;
            if (waitedNs >= timeoutNs) {
                throw notRegistered(name, waitedNs);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new CleatException(
                        ErrorCode.CANCELLED, "interrupted while waiting for a coordinator of '" + name + "'");
            }
            LockSupport.parkNanos(Math.min(pauseNs, timeoutNs - waitedNs));
            pauseNs = Math.min(2 * pauseNs, MAX_PAUSE_NS);
        }
    }

    private CleatException notRegistered(final String name, final long waitedNs) {
        final String registered = list().stream().map(NameEntry::describe).collect(Collectors.joining(", "));
        return new CleatException(
                ErrorCode.NOT_REGISTERED,
                "no live coordinator of '" + name + "' became READY in " + directory + " within waitedMs="
                        + TimeUnit.NANOSECONDS.toMillis(waitedNs) + "; registered: "
                        + (registered.isEmpty() ? "nothing" : registered));
    }

    /**
     * Takes a name. Entries of dead coordinators are cleaned on the way.
     *
     * @param request what to register.
     * @return the ownership, in state STARTING.
     * @throws CleatException with NAME_IN_USE naming the holder, LIMIT if all slots are taken, TIMEOUT if names.lock cannot
     *     be had within 10 s, STORAGE_FULL.
     */
    public Registration register(final NameRequest request) {
        directory.createDatabase(request.name());
        return underNamesLock(LOCK_TIMEOUT_NS, () -> registerLocked(request));
    }

    private Registration registerLocked(final NameRequest request) {
        final NamesFile file = openOrCreate();
        final HeldLock owner = FileLocks.tryAcquire(directory.ownerLock(request.name()))
                .orElseThrow(() -> inUse(request.name(), file.find(request.name())));
        try {
            cleanLocked(file, request.name());
            final int index = firstFree(file);
            final long epoch = nextEpoch(file, request.name(), 0);
            final NameEntry entry = entryOf(request, epoch);
            file.write(index, entry);
            return new Registration(this, file, index, owner, entry);
        } catch (final RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Frees the slots of dead coordinators.
     *
     * @return how many.
     * @throws CleatException with TIMEOUT if names.lock cannot be had within 10 s.
     */
    public int cleanStale() {
        if (current() == null) {
            return 0;
        }
        return underNamesLock(
                LOCK_TIMEOUT_NS, () -> cleanLocked(NamesFile.open(directory.namesFile(), MapMode.READ_WRITE), null));
    }

    /** Frees what dead owners left, and what is registered under a name whose lock we have just taken. */
    private int cleanLocked(final NamesFile file, final @Nullable String taken) {
        int cleaned = 0;
        for (int i = 0; i < NamesFileDescriptor.SLOT_COUNT; i++) {
            if (!file.isFree(i) && isStale(file, i, taken)) {
                file.free(i);
                cleaned++;
            }
        }
        return cleaned;
    }

    private boolean isStale(final NamesFile file, final int index, final @Nullable String taken) {
        if (file.isHalfWritten(index)) {
            // Slots are written under names.lock, which we hold: the writer died before it was done.
            return true;
        }
        final NameEntry entry = file.read(index);
        return entry != null && (entry.name().equals(taken) || !FileLocks.isHeld(directory.ownerLock(entry.name())));
    }

    private static int firstFree(final NamesFile file) {
        for (int i = 0; i < NamesFileDescriptor.SLOT_COUNT; i++) {
            if (file.isFree(i)) {
                return i;
            }
        }
        throw new CleatException(
                ErrorCode.LIMIT,
                "all slots for names are taken: slots=" + NamesFileDescriptor.SLOT_COUNT + " readable="
                        + file.readAll().size());
    }

    private long nextEpoch(final NamesFile file, final String name, final long seen) {
        final long last = Math.max(file.epochCounter(), EpochFile.read(directory.epochFile(name)));
        final long epoch = Math.max(last, seen) + 1;
        if (epoch > NamesFile.MAX_EPOCH) {
            throw new CleatException(
                    ErrorCode.LIMIT, "no epoch is left for '" + name + "' in names.dat: epoch=" + epoch);
        }
        // First the file: if we die in between, a number is lost, and none is given twice.
        EpochFile.write(directory.epochFile(name), epoch);
        file.epochCounter(epoch);
        return epoch;
    }

    NameEntry raiseEpoch(final NamesFile file, final int index, final NameEntry entry, final long seen) {
        return underNamesLock(LOCK_TIMEOUT_NS, () -> {
            final NameEntry raised = entry.with(nextEpoch(file, entry.name(), seen));
            file.write(index, raised);
            return raised;
        });
    }

    void unregister(final NamesFile file, final int index, final HeldLock owner, final NameEntry own) {
        try {
            underNamesLock(LOCK_TIMEOUT_NS, () -> {
                final NameEntry found = file.read(index);
                // In a file that was damaged the slot may have been given to somebody else.
                if (found != null && found.epoch() == own.epoch()) {
                    file.free(index);
                }
                owner.close();
                return index;
            });
        } catch (final CleatException e) {
            // The slot stays, and the free lock tells everybody that it is stale.
            owner.close();
        }
    }

    private static NameEntry entryOf(final NameRequest request, final long epoch) {
        final long nowMs = System.currentTimeMillis();
        final ProcessHandle process = ProcessHandle.current();
        return new NameEntry(
                request.name(),
                NameState.STARTING,
                epoch,
                process.pid(),
                process.info().startInstant().map(Instant::toEpochMilli).orElse(0L),
                nowMs,
                nowMs,
                request.protocolVersion(),
                request.databaseFile(),
                System.getProperty("user.name", ""),
                request.sqliteVersion(),
                request.dialect(),
                Liveness.LIVE);
    }

    private CleatException inUse(final String name, final @Nullable NameEntry holder) {
        return new CleatException(
                ErrorCode.NAME_IN_USE,
                "'" + name + "' is served already in " + directory + ", by "
                        + (holder == null
                                ? "a process that is not in names.dat (it holds " + directory.ownerLock(name) + ")"
                                : holder.with(Liveness.LIVE).describe()));
    }

    private NamesFile openOrCreate() {
        final Path path = directory.namesFile();
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            // Client ids grow from the epoch, and a database remembers them beyond a reboot that empties the shared
            // memory: so a new file goes on from the clock, which is ahead of any count of coordinators.
            MappedFile.create(path, NamesFile.image(TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis())));
        }
        return NamesFile.open(path, MapMode.READ_WRITE);
    }

    /** The file as it is now, mapped for reading; null if there is none. */
    private @Nullable NamesFile current() {
        final Path path = directory.namesFile();
        try {
            final Object fileKey = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
            final View known = view;
            if (known != null && known.fileKey().equals(fileKey)) {
                return known.file();
            }
            final NamesFile file = NamesFile.open(path, MapMode.READ_ONLY);
            view = fileKey == null ? null : new View(file, fileKey);
            return file;
        } catch (final NoSuchFileException e) {
            return null;
        } catch (final IOException e) {
            throw FileErrors.of("look at", path, e);
        }
    }

    private List<NameEntry> told(final Supplier<List<NameEntry>> entries, final long timeoutNs) {
        try {
            return underNamesLock(timeoutNs, () -> entries.get().stream()
                    .map(entry -> entry.with(
                            FileLocks.isHeld(directory.ownerLock(entry.name())) ? Liveness.LIVE : Liveness.STALE))
                    .toList());
        } catch (final CleatException e) {
            if (e.code() == ErrorCode.TIMEOUT) {
                return entries.get();
            }
            throw e;
        }
    }

    private <T> T underNamesLock(final long timeoutNs, final Supplier<T> action) {
        final HeldLock lock = FileLocks.acquire(directory.namesLock(), timeoutNs);
        try {
            return action.get();
        } finally {
            lock.close();
        }
    }
}
