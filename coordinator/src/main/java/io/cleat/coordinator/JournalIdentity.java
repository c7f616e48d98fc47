// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.UUID;

/**
 * What a commit journal belongs to: one boot of the machine and one database file.
 *
 * <p>Thread-safe: immutable.
 *
 * @param boot1 upper half of the boot's id; 0 where the system tells none.
 * @param boot2 lower half.
 * @param path hash of the database file's real path.
 * @param key hash of its device and inode; 0 when there is no file, or no such numbers.
 */
record JournalIdentity(long boot1, long boot2, long path, long key) {
    /** Names another file with the boot's id, for tests: a machine that boots would take them along. */
    static final String BOOT_ID_PROPERTY = "cleat.boot.id.file";

    private static final Path BOOT_ID =
            Path.of(System.getProperty(BOOT_ID_PROPERTY, "/proc/sys/kernel/random/boot_id"));

    /**
     * The one of now. The database file is not opened, which would cost its owner the locks.
     *
     * @param databaseFile any path; there need not be a file yet.
     * @return the identity.
     */
    static JournalIdentity of(Path databaseFile) {
        final UUID boot = bootNow();
        try {
            return new JournalIdentity(
                    boot.getMostSignificantBits(),
                    boot.getLeastSignificantBits(),
                    hash(real(databaseFile).toString()),
                    key(databaseFile));
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot look at the database file " + databaseFile, e);
        }
    }

    /** {@return the boot's id as 16 bytes} */
    byte[] boot() {
        return ByteBuffer.allocate(2 * Long.BYTES).putLong(boot1).putLong(boot2).array();
    }

    boolean isSameBoot(JournalIdentity other) {
        return isSameBoot(other.boot());
    }

    /**
     * Whether this is of a boot; never where the system tells none.
     *
     * @param boot as {@link #boot()} gives it.
     */
    boolean isSameBoot(byte[] boot) {
        return (boot1 != 0 || boot2 != 0) && Arrays.equals(boot(), boot);
    }

    private static UUID bootNow() {
        try {
            return UUID.fromString(Files.readString(BOOT_ID).trim());
        } catch (IOException | IllegalArgumentException e) {
            return new UUID(0, 0);
        }
    }

    private static Path real(Path file) throws IOException {
        try {
            return file.toRealPath();
        } catch (NoSuchFileException e) {
            final Path absolute = file.toAbsolutePath();
            final Path folder = absolute.getParent();
            final Path name = absolute.getFileName();
            if (folder == null || name == null || !Files.exists(folder)) {
                return absolute;
            }
            return folder.toRealPath().resolve(name);
        }
    }

    private static long key(Path file) throws IOException {
        try {
            final Object key =
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            return key == null ? 0 : hash(key.toString());
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** FNV-1a, 64 bits. */
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (final byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }
}
