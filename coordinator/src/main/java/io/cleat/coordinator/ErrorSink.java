// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/** Where the coordinator's own errors go: the distinct error log of the status file, and the context's handler. Thread-safe. */
@FunctionalInterface
interface ErrorSink {
    /**
     * Records an error that no caller gets.
     *
     * @param what was being done.
     * @param error that came of it.
     */
    void onError(String what, Throwable error);
}
