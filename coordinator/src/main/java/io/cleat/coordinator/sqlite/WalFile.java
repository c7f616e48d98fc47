// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static io.cleat.coordinator.sqlite.WalFormat.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads a write-ahead log as SQLite's own recovery does, to its last commit. The log carries no POSIX locks, so it may be opened here,
 * unlike the database file itself.
 *
 * <p>Thread-safe: without state. Somebody else who writes the log meanwhile makes the result meaningless.
 */
public final class WalFile {
    private WalFile() {}

    /**
     * The log that belongs to a database file.
     *
     * @param databaseFile any path.
     * @return the same with {@code -wal} behind it.
     */
    public static Path of(Path databaseFile) {
        return databaseFile.resolveSibling(databaseFile.getFileName() + "-wal");
    }

    /**
     * Where the last commit in the log ends; all checksums up to there are right.
     *
     * @param file the log.
     * @return the place; {@link WalPlace#EMPTY} when the file is missing, too short, or its header is damaged.
     * @throws IOException when it cannot be read.
     */
    public static WalPlace scan(Path file) throws IOException {
        try (FileChannel log = FileChannel.open(file, StandardOpenOption.READ)) {
            return scan(log, WalPlace.EMPTY);
        } catch (NoSuchFileException e) {
            return WalPlace.EMPTY;
        }
    }

    /** From a place on, when it is one of this log: a frame's checksum holds those of all before it. */
    static WalPlace scan(FileChannel log, WalPlace known) throws IOException {
        ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
        if (!read(log, header, 0) || !isHeader(header)) {
            return WalPlace.EMPTY;
        }
        int salt1 = header.getInt(SALT1_OFFSET);
        int salt2 = header.getInt(SALT2_OFFSET);
        int pageBytes = header.getInt(PAGE_BYTES_OFFSET);
        ByteOrder order = wordOrder(header);
        ByteBuffer frame = ByteBuffer.allocateDirect(FRAME_HEADER_BYTES + pageBytes);
        long checksum = header.getLong(CHECKSUM_OFFSET);
        long committed = 0;
        if (known.frames() > 0
                && known.salt1() == salt1
                && known.salt2() == salt2
                && read(log, frame, framePosition(known.frames() - 1, pageBytes))) {
            committed = known.frames();
            checksum = frame.getLong(FRAME_CHECKSUM_OFFSET);
        }
        for (long i = committed; read(log, frame, framePosition(i, pageBytes)); i++) {
            if (frame.getInt(0) == 0
                    || frame.getInt(FRAME_SALT1_OFFSET) != salt1
                    || frame.getInt(FRAME_SALT2_OFFSET) != salt2) {
                break;
            }
            checksum = checksum(checksum, frame, 0, FRAME_SALT1_OFFSET, order);
            checksum = checksum(checksum, frame, FRAME_HEADER_BYTES, pageBytes, order);
            if (checksum != frame.getLong(FRAME_CHECKSUM_OFFSET)) {
                break;
            }
            if (frame.getInt(FRAME_COMMIT_OFFSET) != 0) {
                committed = i + 1;
            }
        }
        return new WalPlace(salt1, salt2, committed, true);
    }

    /** Fills a buffer from a position on; false when the file ends before. */
    static boolean read(FileChannel log, ByteBuffer into, long position) throws IOException {
        into.clear();
        while (into.hasRemaining()) {
            if (log.read(into, position + into.position()) < 0) {
                return false;
            }
        }
        return true;
    }
}
