// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.tools.child.ChildProcess;
import org.jspecify.annotations.Nullable;

/** A process of the torture, with what it has said so far. Threading: the main thread. */
final class Member {
    private final ChildProcess process;
    private final @Nullable WorkerKind kind;
    private final int number;
    private final boolean spared;
    private final long startedNs = System.nanoTime();
    private long continueNs;
    private boolean suspended;
    private boolean ended;
    private boolean ready;
    private long writes;

    /** The kind is null for a coordinator; the number is that of the worker, or counts coordinators. */
    Member(ChildProcess process, @Nullable WorkerKind kind, int number, boolean spared) {
        this.process = process;
        this.kind = kind;
        this.number = number;
        this.spared = spared;
    }

    ChildProcess process() {
        return process;
    }

    String name() {
        return process.name();
    }

    @Nullable
    WorkerKind kind() {
        return kind;
    }

    int number() {
        return number;
    }

    /** Whether it is never killed. */
    boolean isSpared() {
        return spared;
    }

    long ageNs() {
        return System.nanoTime() - startedNs;
    }

    boolean isSuspended() {
        return suspended;
    }

    boolean isEnded() {
        return ended;
    }

    void end() {
        ended = true;
        suspended = false;
    }

    boolean isReady() {
        return ready;
    }

    void ready() {
        ready = true;
    }

    long writes() {
        return writes;
    }

    void writes(long count) {
        writes = count;
    }

    void suspend(long untilNs) throws InterruptedException {
        process.suspend(true);
        suspended = true;
        continueNs = untilNs;
    }

    /** When it is to go on. */
    long continueNs() {
        return continueNs;
    }

    void goOn() throws InterruptedException {
        suspended = false;
        process.suspend(false);
    }
}
