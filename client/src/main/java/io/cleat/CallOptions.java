// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * How calls are made. Immutable.
 *
 * @param timeoutNs of each call; 0 for the request timeout of the context.
 * @param leaseNs how long the write turn may be held idle while others wait; 0 for the coordinator's default.
 * @param cancellation that ends the calls, or null.
 */
record CallOptions(long timeoutNs, long leaseNs, @Nullable Cancellation cancellation) {
    /** The timeout of the context, and nothing else. */
    static final CallOptions OF_CONTEXT = of(0);

    static CallOptions of(long timeoutNs) {
        return new CallOptions(timeoutNs, 0, null);
    }

    CallOptions withTimeoutNs(long newTimeoutNs) {
        return new CallOptions(newTimeoutNs, leaseNs, cancellation);
    }

    CallOptions withLeaseNs(long newLeaseNs) {
        return new CallOptions(timeoutNs, newLeaseNs, cancellation);
    }

    CallOptions with(Cancellation newCancellation) {
        return new CallOptions(timeoutNs, leaseNs, newCancellation);
    }

    /** Throws when the calls were cancelled. */
    void ensureNotCancelled() {
        if (cancellation != null) {
            cancellation.ensureNotCancelled();
        }
    }
}
