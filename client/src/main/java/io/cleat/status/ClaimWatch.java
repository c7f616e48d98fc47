// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import java.util.function.LongPredicate;

/**
 * Finds slots whose client died before it was attached (CLAIMED) or before it had read its refusal (REFUSED), and frees
 * them. From REQUESTED to DETACHING a client's lock tells whether it lives; here only the pid does, so a slot must have
 * stayed unchanged for a while too: a pid of another namespace looks dead though it is not.
 *
 * <p>Threading: one thread, the coordinator's.
 */
public final class ClaimWatch {
    private final ClientTable table;
    private final long patienceNs;
    private final LongPredicate isProcessAlive;
    private final long[] controls;
    private final long[] sinceNs;

    /**
     * A watch that asks the operating system about processes.
     *
     * @param table to watch.
     * @param patienceNs how long a slot must be unchanged before it is freed, in nanoseconds; 10 s is a good value.
     */
    public ClaimWatch(final ClientTable table, final long patienceNs) {
        this(table, patienceNs, pid -> ProcessHandle.of(pid)
                .map(ProcessHandle::isAlive)
                .orElse(false));
    }

    ClaimWatch(final ClientTable table, final long patienceNs, final LongPredicate isProcessAlive) {
        this.table = table;
        this.patienceNs = patienceNs;
        this.isProcessAlive = isProcessAlive;
        this.controls = new long[table.slotCount()];
        this.sinceNs = new long[table.slotCount()];
    }

    /**
     * Looks at all slots, and frees the abandoned ones. Cheap; once a second is enough.
     *
     * @param nowNs the time, {@link System#nanoTime()} or a test's.
     * @return how many were freed.
     */
    public int poll(final long nowNs) {
        int freed = 0;
        for (int i = 0; i < controls.length; i++) {
            final ClientSlot slot = table.slot(i);
            final long control = slot.controlAcquire();
            if (control != controls[i]) {
                controls[i] = control;
                sinceNs[i] = nowNs;
            } else if (isWatched(control)
                    && nowNs - sinceNs[i] >= patienceNs
                    && !isProcessAlive.test(ClientSlot.pidOf(control))
                    && slot.freeFrom(control)) {
                freed++;
            }
        }
        return freed;
    }

    private static boolean isWatched(final long control) {
        final ClientSlotState state = ClientSlot.stateOf(control);
        return state == ClientSlotState.CLAIMED || state == ClientSlotState.REFUSED;
    }
}
