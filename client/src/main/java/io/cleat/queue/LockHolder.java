// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.threads.BusyTimedPauser;

/** Who holds a queue's write lock, for messages. Thread-safe, stateless. */
final class LockHolder {
    private static final String LOCK_KEY = "chronicle.write.lock";

    private LockHolder() {}

    /** Words for the holder: its pid, whether that lives, and its command where the system tells. */
    static String describe(SingleChronicleQueue queue) {
        long value = queue.tableStoreGet(LOCK_KEY);
        if (value == Long.MIN_VALUE) {
            return "nobody any more";
        }
        int pid = (int) value;
        if (pid == ProcessHandle.current().pid()) {
            return "another thread of this process pid=" + pid;
        }
        return ProcessHandle.of(pid)
                .map(process ->
                        "pid=" + pid + " command=" + process.info().command().orElse("unknown")
                                + " (suspended, or another process has got the number of a dead writer)")
                .orElse("the dead process pid=" + pid);
    }

    /**
     * Frees the lock when this process holds it. Chronicle keeps it when an error, not an exception, ends the beginning of
     * a write, as it does on damaged files; nobody else would ever be let in while this process lives. Only for a caller
     * that knows that no other thread of this JVM can be inside a write of this queue.
     */
    static void freeOwn(SingleChronicleQueue queue, QueueSettings settings) {
        if (queue.tableStoreGet(LOCK_KEY) == ProcessHandle.current().pid()) {
            try (TableStoreWriteLock lock =
                    new TableStoreWriteLock(queue.metaStore(), BusyTimedPauser::new, settings.writeLockTimeoutMs())) {
                lock.forceUnlock();
            }
        }
    }
}
