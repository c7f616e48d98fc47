// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The last epoch of one name, as a decimal number in a file of its own: {@code names.dat} may be deleted while the name's
 * queues, with records of that epoch, stay.
 *
 * <p>Threading: under names.lock only.
 */
final class EpochFile {
    private static final int MAX_LENGTH_BYTES = 32;

    private EpochFile() {}

    /** The number in the file; 0 if there is none, or none that could have been written. */
    static long read(final Path file) {
        if (!Files.exists(file)) {
            return 0;
        }
        final String text = new String(MappedFile.readHead(file, MAX_LENGTH_BYTES), US_ASCII).trim();
        final long epoch = text.matches("[0-9]{1,13}") ? Long.parseLong(text) : 0;
        return epoch <= NamesFile.MAX_EPOCH ? epoch : 0;
    }

    static void write(final Path file, final long epoch) {
        MappedFile.create(file, (epoch + "\n").getBytes(US_ASCII));
    }
}
