// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.WalFile;
import io.cleat.coordinator.sqlite.WalPlace;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Leaves in SQLite's log what a process leaves there that is killed in a COMMIT. Threading: without state. */
final class TornLog {
    private static final int HEADER_BYTES = 32;
    private static final int FRAME_HEADER_BYTES = 24;
    private static final int PAGE_BYTES_OFFSET = 8;

    private TornLog() {}

    /**
     * SQLite writes the head of a frame and its page one after the other: the head of a last frame came, with the mark of a commit, and not all of the page.
     *
     * @param pageBytesLeft how much of it came.
     */
    static void leaveFrame(Path databaseFile, int pageBytesLeft) throws IOException {
        final Path file = WalFile.of(databaseFile);
        final WalPlace end = WalFile.scan(file);
        if (end.frames() == 0) {
            throw new IllegalStateException("there is no commit in the log: " + end);
        }
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
            log.seek(PAGE_BYTES_OFFSET);
            final int pageBytes = log.readInt();
            log.seek(HEADER_BYTES + end.frames() * (FRAME_HEADER_BYTES + pageBytes));
            log.writeInt(2);
            log.writeInt(2);
            log.writeInt(end.salt1());
            log.writeInt(end.salt2());
            log.writeLong(4711);
            log.write(new byte[pageBytesLeft]);
        }
        if (!WalFile.scan(file).equals(end)) {
            throw new IllegalStateException("the log has another end now: " + end);
        }
    }
}
