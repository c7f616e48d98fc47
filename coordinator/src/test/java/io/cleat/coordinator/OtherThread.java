// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Runs something on a thread of its own: the common pool has one on a small machine. Thread-safe. */
final class OtherThread {
    private OtherThread() {}

    static <T> CompletableFuture<T> call(Callable<T> work) {
        final CompletableFuture<T> result = new CompletableFuture<>();
        final Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(work.call());
                    } catch (Throwable t) {
                        result.completeExceptionally(t);
                    }
                },
                "other");
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
