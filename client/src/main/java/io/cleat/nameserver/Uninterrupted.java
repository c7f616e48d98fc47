// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/**
 * Runs short file operations so that a thread's interrupt neither fails them nor is lost.
 *
 * <p>An interrupt closes the {@link java.nio.channels.FileChannel} that the thread is using. For a lock that would mean
 * to lose it, for a file to fail half-way. So the flag is taken down first, the operation is repeated if an interrupt
 * comes in between, and the flag is put up again at the end. Operations must be safe to repeat.
 *
 * <p>Threading: stateless, any thread.
 */
final class Uninterrupted {
    private Uninterrupted() {}

    /** A file operation that is short and can be repeated. */
    @FunctionalInterface
    interface FileOperation<T> {
        T run() throws IOException;
    }

    static <T> T call(final FileOperation<T> operation) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return operation.run();
                } catch (final ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
