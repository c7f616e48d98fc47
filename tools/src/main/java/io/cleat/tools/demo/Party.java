// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.tools.child.ChildProcess;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** A child of the demo, with what it has said so far. Threading: the main thread. */
final class Party {
    private final ChildProcess process;
    private final Map<String, Histogram> latencies = new TreeMap<>();
    private boolean ready;
    private boolean ended;
    private long rowCount = -1;

    Party(ChildProcess process) {
        this.process = process;
    }

    ChildProcess process() {
        return process;
    }

    String name() {
        return process.name();
    }

    boolean isReady() {
        return ready;
    }

    void ready(boolean now) {
        ready = now;
    }

    boolean isEnded() {
        return ended;
    }

    void ended(boolean now) {
        ended = now;
    }

    /** The rows that it says it has written or read; -1 before it has said so. */
    long rowCount() {
        return rowCount;
    }

    void account(String fields) {
        rowCount = Long.parseLong(fields.substring(0, fields.indexOf(' ')));
    }

    /** Its latencies under a key, summed up. */
    Histogram latencies(String key) {
        return latencies.computeIfAbsent(key, absent -> Lines.histogram());
    }

    void receive(String fields) {
        final int space = fields.indexOf(' ');
        Lines.receive(fields.substring(space + 1), latencies(fields.substring(0, space)));
    }
}
