// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import java.util.EnumMap;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersReader;

/**
 * The counters of one coordinator.
 *
 * <p>Threading: any thread reads; who counts is the coordinator's choice, see {@link AtomicCounter}.
 */
public final class StatusCounters {
    private final StatusMemory memory;
    private final Map<SystemCounter, AtomicCounter> counters = new EnumMap<>(SystemCounter.class);

    StatusCounters(final StatusMemory memory) {
        this.memory = memory;
        final UnsafeBuffer values =
                new UnsafeBuffer(memory.read(), StatusFileDescriptor.VALUES_OFFSET, StatusFileDescriptor.VALUES_LENGTH);
        for (final SystemCounter counter : SystemCounter.values()) {
            counters.put(counter, new AtomicCounter(values, counter.id()));
        }
    }

    /**
     * A counter to count with. By the coordinator; keep it, the look-up is not for the hot path.
     *
     * @param counter which.
     * @return the counter, valid as long as it is used.
     * @throws io.cleat.CleatException with MISUSE if the file was opened to be read only.
     */
    @SuppressWarnings("NullAway") // the constructor puts every constant
    public AtomicCounter counter(final SystemCounter counter) {
        memory.write();
        return counters.get(counter);
    }

    /**
     * The value of a counter.
     *
     * @param counter which.
     * @return its value.
     */
    public long value(final SystemCounter counter) {
        return memory.read()
                .getLongAcquire(StatusFileDescriptor.VALUES_OFFSET + counter.id() * CountersReader.COUNTER_LENGTH);
    }
}
