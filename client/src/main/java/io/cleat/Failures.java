// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;

/** Exceptions of this side that several classes throw. Thread-safe: pure functions. */
final class Failures {
    private Failures() {}

    static ClosedException closed(String what) {
        return new ClosedException(ErrorCode.CLOSED, what, Outcome.NOT_APPLIED, null, null, null);
    }

    static CleatException misuse(String what) {
        return new CleatException(ErrorCode.MISUSE, what);
    }

    /** A timeout in nanoseconds; one too long to count in them is as long as can be. */
    static long timeoutNs(Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw misuse("a timeout must be positive: timeout=" + timeout);
        }
        return timeout.compareTo(Duration.ofDays(365)) > 0
                ? Duration.ofDays(365).toNanos()
                : timeout.toNanos();
    }
}
