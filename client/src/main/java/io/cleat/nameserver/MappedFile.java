// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;

/**
 * Files of a fixed length that processes share by mapping them.
 *
 * <p>Such a file appears whole or not at all (it is written beside and renamed), so no process maps a file that is too
 * short, and its pages are really there, so that full shared memory is an error here and no SIGBUS later. Mappings are
 * given back by the garbage collector, never by hand: a thread that uses one late must not crash the JVM.
 *
 * <p>Threading: stateless, any thread; two creators of one file must exclude each other.
 */
public final class MappedFile {
    private MappedFile() {}

    /**
     * Writes a file anew and puts it in place atomically. Processes that have the old one mapped keep it.
     *
     * @param target the file; its folder exists.
     * @param image all its bytes.
     * @throws CleatException with STORAGE_FULL, PERMISSION or IO; then there is no new file.
     */
    public static void create(final Path target, final byte[] image) {
        try {
            Uninterrupted.call(() -> {
                createNow(target, image);
                return target;
            });
        } catch (final IOException e) {
            throw FileErrors.of("create", target, e);
        }
    }

    /**
     * Reads the first bytes of a file, to be checked before it is mapped. Refuses a file that is not this user's alone.
     *
     * @param file to read.
     * @param lengthBytes how many bytes to read.
     * @return that many bytes, or fewer if the file is shorter.
     * @throws CleatException with PERMISSION or IO.
     */
    public static byte[] readHead(final Path file, final int lengthBytes) {
        try {
            FileOwnership.checkFile(file);
            return Uninterrupted.call(() -> {
                try (FileChannel channel = FileChannel.open(file, options(MapMode.READ_ONLY))) {
                    final ByteBuffer head = ByteBuffer.allocate((int) Math.min(lengthBytes, channel.size()));
                    // A read may return less than was asked for.
                    int readBytes = 0;
                    while (head.hasRemaining() && readBytes >= 0) {
                        readBytes = channel.read(head);
                    }
                    return Arrays.copyOf(head.array(), head.position());
                }
            });
        } catch (final IOException e) {
            throw FileErrors.of("read", file, e);
        }
    }

    /**
     * Maps a whole file.
     *
     * @param file to map.
     * @param lengthBytes the length that it must have.
     * @param mode READ_ONLY or READ_WRITE.
     * @return the mapping.
     * @throws CleatException with DAMAGED if the length is another (nothing is mapped), else PERMISSION or IO.
     */
    public static MappedByteBuffer map(final Path file, final int lengthBytes, final MapMode mode) {
        try {
            return Uninterrupted.call(() -> {
                try (FileChannel channel = FileChannel.open(file, options(mode))) {
                    checkLength(file, channel.size(), lengthBytes);
                    return channel.map(mode, 0, lengthBytes);
                }
            });
        } catch (final IOException e) {
            throw FileErrors.of("map", file, e);
        }
    }

    /**
     * The error for a file of the wrong length.
     *
     * @param file the file.
     * @param actualBytes its length.
     * @param expectedBytes the length it must have.
     * @throws CleatException with DAMAGED if they differ.
     */
    public static void checkLength(final Path file, final long actualBytes, final long expectedBytes) {
        if (actualBytes != expectedBytes) {
            throw new CleatException(
                    ErrorCode.DAMAGED,
                    file + " is truncated or damaged: lengthBytes=" + actualBytes + " expectedBytes=" + expectedBytes);
        }
    }

    private static Set<OpenOption> options(final MapMode mode) {
        return mode == MapMode.READ_ONLY
                ? Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)
                : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    }

    private static void createNow(final Path target, final byte[] image) throws IOException {
        final Path folder = Objects.requireNonNull(target.getParent(), "folder");
        final String prefix = "." + target.getFileName() + "-";
        deleteLeftovers(folder, prefix);
        // A leading dot cannot begin the name of a database.
        final Path temporary = folder.resolve(prefix + ProcessHandle.current().pid() + "-" + System.nanoTime());
        Files.createFile(temporary, FileOwnership.forFile(temporary));
        try {
            try (FileChannel channel = FileChannel.open(temporary, options(MapMode.READ_WRITE))) {
                final ByteBuffer bytes = ByteBuffer.wrap(image);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** What creators that were killed half-way have left. There is one creator at a time, so it is nobody's. */
    private static void deleteLeftovers(final Path folder, final String prefix) throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, prefix + "*")) {
            for (final Path leftover : leftovers) {
                Files.deleteIfExists(leftover);
            }
        }
    }
}
