// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.util.Locale;
import java.util.SplittableRandom;

/** The kinds of JVMs that work on the database. Immutable. */
enum WorkerKind {
    /** Writes that commit by themselves. */
    WRITER,
    /** Transactions. */
    TRANSFER,
    /** Snapshots. */
    READER,
    /** Table updates and live queries; ends after those who write. */
    LISTENER,
    /** Exclusive access. */
    EXCLUSIVE;

    Worker make(SplittableRandom random, Attempts attempts) {
        return switch (this) {
            case WRITER -> new WriterWorker(random, attempts);
            case TRANSFER -> new TransferWorker(random, attempts);
            case READER -> new ReaderWorker(random, attempts);
            case LISTENER -> new ListenerWorker(attempts);
            case EXCLUSIVE -> new ExclusiveWorker(random, attempts);
        };
    }

    /** Whether the first of this kind is never killed, so that one lives through all of it. */
    boolean hasSurvivor() {
        return this == WRITER || this == TRANSFER || this == LISTENER;
    }

    /** {@return the name in arguments and output} */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
