// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;

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
}
