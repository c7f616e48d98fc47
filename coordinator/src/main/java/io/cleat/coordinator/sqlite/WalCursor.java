// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static io.cleat.coordinator.sqlite.WalFormat.*;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Knows where the last commit ends in the log that this process writes, by a look at the heads of the frames that a commit has added:
 * its last one carries the mark. What a spilled transaction that was rolled back has left behind looks like frames of the next
 * commit, but has no mark. A commit that was cut short, by a death or a failure, can have left a head with a mark and without its page: then checksums tell
 * the end, as {@link #distrustHeads()} says, until the log starts anew.
 *
 * <p>Only commits of one writer may be added between two calls. No allocation but for an interrupt, a restart, or while heads are distrusted.
 *
 * <p>Not thread-safe: the thread of the write connection.
 */
public final class WalCursor implements AutoCloseable {
    private final Path file;
    private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
    private final ByteBuffer frame = ByteBuffer.allocateDirect(FRAME_HEADER_BYTES);
    private FileChannel log;
    private boolean hasLog;
    private int salt1;
    private int salt2;
    private int pageBytes;
    private long frames;

    /** Whether behind the end there may be a head with a mark that is no commit's. */
    private boolean distrustsHeads;

    /** Of the log in which it may be. */
    private int distrustedSalt;

    /**
     * Opens the log and finds its end, checksums checked. What a process that died in a COMMIT has left behind the end is seen here, once.
     *
     * @param file the log; there is one as soon as the database is open.
     * @throws UncheckedIOException when it cannot be read; so in all methods.
     */
    public WalCursor(Path file) {
        this.file = file;
        try {
            this.log = FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        rescan();
        interruptible(() -> {
            if (hasMarkBehind()) {
                distrustHeads();
            }
        });
    }

    /** SQLite has written all frames of this log one behind the other: where one is not of it, none behind it is. */
    private boolean hasMarkBehind() throws IOException {
        for (long i = frames; hasLog && readsOwnFrame(i); i++) {
            if (frame.getInt(FRAME_COMMIT_OFFSET) != 0) {
                return true;
            }
        }
        return false;
    }

    /** {@return whether there is a log with a header} */
    public boolean hasLog() {
        return hasLog;
    }

    /** {@return the first salt of the log} */
    public int salt1() {
        return salt1;
    }

    /** {@return the second salt of the log} */
    public int salt2() {
        return salt2;
    }

    /** {@return how many frames the log has up to the end of the last commit} */
    public long frames() {
        return frames;
    }

    /** {@return where the last commit ends, as an object} */
    public WalPlace place() {
        return new WalPlace(salt1, salt2, frames, hasLog);
    }

    /** Finds the end of the one commit that was made since the last call, if it has written anything. */
    public void afterCommit() {
        advance(false);
    }

    /** Finds the end of the last of any number of commits. */
    public void afterCommits() {
        advance(true);
    }

    /**
     * A commit was cut short: until the log starts anew its end is found by checksums, as SQLite's own recovery does, though only behind the last commit that is
     * known.
     */
    public void distrustHeads() {
        distrustsHeads = true;
        distrustedSalt = salt1;
    }

    private void rescan() {
        interruptible(() -> {
            WalPlace place = WalFile.scan(log, place());
            hasLog = place.hasLog();
            salt1 = place.salt1();
            salt2 = place.salt2();
            frames = place.frames();
            pageBytes = hasLog && WalFile.read(log, header, 0) ? header.getInt(PAGE_BYTES_OFFSET) : 0;
        });
    }

    private void advance(boolean several) {
        if (distrustsHeads) {
            rescan();
            distrustsHeads = salt1 == distrustedSalt;
            return;
        }
        try {
            advanceNow(several);
        } catch (ClosedByInterruptException e) {
            interruptible(() -> advanceNow(several));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void advanceNow(boolean several) throws IOException {
        if (hasLog && find(several) && !several) {
            return;
        }
        // What was rolled back may have left frames of the former log behind its end: only the header tells.
        if (hasRestarted()) {
            find(several);
        }
    }

    /** Looks for the next mark, and passes it; with several, the last. */
    private boolean find(boolean several) throws IOException {
        boolean found = false;
        for (long i = frames; readsOwnFrame(i); i++) {
            if (frame.getInt(FRAME_COMMIT_OFFSET) != 0) {
                frames = i + 1;
                found = true;
                if (!several) {
                    break;
                }
            }
        }
        return found;
    }

    private boolean readsOwnFrame(long index) throws IOException {
        return WalFile.read(log, frame, framePosition(index, pageBytes))
                && frame.getInt(FRAME_SALT1_OFFSET) == salt1
                && frame.getInt(FRAME_SALT2_OFFSET) == salt2;
    }

    /** Takes the log's header when it is another one. */
    private boolean hasRestarted() throws IOException {
        if (!WalFile.read(log, header, 0)
                || (hasLog && header.getInt(SALT1_OFFSET) == salt1 && header.getInt(SALT2_OFFSET) == salt2)
                || !isHeader(header)) {
            return false;
        }
        hasLog = true;
        salt1 = header.getInt(SALT1_OFFSET);
        salt2 = header.getInt(SALT2_OFFSET);
        pageBytes = header.getInt(PAGE_BYTES_OFFSET);
        frames = 0;
        return true;
    }

    private interface Work {
        void run() throws IOException;
    }

    /** An interrupt closes the channel: it is opened again, and the interrupt kept for those whom it is meant for. */
    private void interruptible(Work work) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    if (!log.isOpen()) {
                        log = FileChannel.open(file, StandardOpenOption.READ);
                    }
                    work.run();
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        try {
            log.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
