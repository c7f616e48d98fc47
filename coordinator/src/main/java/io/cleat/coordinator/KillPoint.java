// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Places in a coordinator's life where a test has its process die, to see what the successor makes of it: docs/outcome.md. The system property
 * {@code cleat.kill.point} names one, as in {@code AFTER_COMMIT} or {@code AFTER_COMMIT:3} for the third time it is passed. Without it a point costs nothing.
 *
 * <p>Thread-safe.
 */
enum KillPoint {
    /** A write was taken out of the queue, and nothing of it has run. */
    BEFORE_EXECUTE,
    /** The statements of a commit have run; their outcomes are not staged. */
    AFTER_EXECUTE,
    /** Outcomes are staged; the intent is not. */
    BEFORE_INTENT,
    /** Outcomes and intent are staged; COMMIT has not begun. */
    BEFORE_COMMIT,
    /** SQLite has committed; neither is that noted nor has anybody been told. */
    AFTER_COMMIT,
    /** The commit is noted as done; no reply was written. */
    BEFORE_REPLY,
    /** One reply of a commit, or one chunk of a result, was written; there are more. */
    DURING_REPLY,
    /** The log was moved into the file; the result was not looked at. */
    IN_CHECKPOINT,
    /** Some files of a queue were deleted, others that could be are left. */
    WHILE_PRUNING,
    /** The owner lock is held and the name registered; what the former coordinator left was not looked at. */
    WHILE_TAKING_NAME;

    /** The property that names the place. */
    static final String PROPERTY = "cleat.kill.point";

    private static final @Nullable KillPoint WANTED = wanted();
    private static final AtomicInteger LEFT = new AtomicInteger(times());

    /** Kills this process if this is where it is to die: no hook runs, nothing is flushed. */
    void reached() {
        if (WANTED == this && LEFT.decrementAndGet() == 0) {
            // What kill -9 does; a halted JVM runs nothing on the way either.
            Runtime.getRuntime().halt(137);
        }
    }

    private static @Nullable KillPoint wanted() {
        final String text = System.getProperty(PROPERTY);
        if (text == null) {
            return null;
        }
        final int colon = text.indexOf(':');
        return valueOf(colon < 0 ? text : text.substring(0, colon));
    }

    private static int times() {
        final String text = System.getProperty(PROPERTY, "");
        final int colon = text.indexOf(':');
        return colon < 0 ? 1 : Integer.parseInt(text.substring(colon + 1));
    }
}
