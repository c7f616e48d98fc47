// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import java.util.concurrent.TimeUnit;

/** Which failures are worth another try, and when. Thread-safe: pure functions. */
final class Failing {
    /** The pause before another try: often enough for who looks on, rare enough for a coordinator that is overloaded. */
    static final long RETRY_NS = TimeUnit.SECONDS.toNanos(1);

    private Failing() {}

    /** Whether the coordinator died under it: another may answer. */
    static boolean isOfLostCoordinator(CleatException failure) {
        return switch (failure.code()) {
            case COORDINATOR_LOST, TRANSACTION_LOST -> true;
            default -> false;
        };
    }

    /** Whether the same may succeed though nothing was changed: what SQLite says, and a bound, stay true until somebody writes. */
    static boolean mayPass(CleatException failure) {
        return switch (failure.code()) {
            case SQL, MISUSE, LIMIT, REFUSED -> false;
            default -> true;
        };
    }
}
