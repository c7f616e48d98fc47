// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Where the warnings and errors of the queue library go. Its debug and performance chatter is dropped. Called from any
 * thread, also from inside a write: be quick, do not throw and do not use a queue.
 *
 * <p>The library has one log for the whole JVM. An application that uses Chronicle itself shares it with us.
 */
@FunctionalInterface
public interface QueueLog {
    /**
     * One message of level {@link Level#WARNING} or {@link Level#ERROR}.
     *
     * @param source the name of the class that speaks
     */
    void log(Level level, String source, String message, @Nullable Throwable thrown);

    /** Sends messages elsewhere from now on. The default is the {@link System.Logger} "io.cleat.queue". Any thread. */
    static void install(QueueLog log) {
        ChronicleLog.target = log;
    }

    /** Warnings since the JVM started. Any thread. */
    static long warningCount() {
        return ChronicleLog.WARNINGS.sum();
    }

    /** Errors since the JVM started. Any thread. */
    static long errorCount() {
        return ChronicleLog.ERRORS.sum();
    }
}
