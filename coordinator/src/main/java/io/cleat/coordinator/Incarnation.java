// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.MappedFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;

/**
 * A random number that a database's folder has as long as it exists: with a new folder epochs, and client ids with them, begin at the clock, which can have been set
 * back, so rows of the database count only for the folder that they name.
 *
 * <p>Thread-safe: no state; the owner lock is held.
 */
final class Incarnation {
    private static final int MAX_LENGTH_BYTES = 32;

    private Incarnation() {}

    /**
     * The folder's number; it is given one when it has none that can be read.
     *
     * @param file {@code DIR/NAME/incarnation}.
     * @return any number but 0.
     */
    static long of(Path file) {
        if (Files.exists(file)) {
            try {
                final long known = Long.parseUnsignedLong(
                        new String(MappedFile.readHead(file, MAX_LENGTH_BYTES), US_ASCII).trim(), 16);
                if (known != 0) {
                    return known;
                }
            } catch (NumberFormatException e) {
                // Cut by a loss of power: then nothing is known of what was before.
            }
        }
        final long made = new SecureRandom().nextLong() | 1;
        MappedFile.create(file, (Long.toHexString(made) + "\n").getBytes(US_ASCII));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot force " + file, e);
        }
        return made;
    }
}
