// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static io.cleat.status.StatusFileDescriptor.*;

import io.cleat.ErrorCode;
import io.cleat.nameserver.TextField;
import java.time.Instant;

/**
 * One slot of the client table. The memory order is in the names of the methods. Plain values may be read by whoever saw,
 * with {@link #stateAcquire()}, the state that they belong to.
 *
 * <p>Moves of the state are compare and set, and say whether they happened; see {@link ClientSlotState} for who makes
 * which.
 *
 * <p>Threading: a flyweight without state of its own, any thread; who may write is said on each method. Writing through a
 * file opened to be read only throws {@link io.cleat.CleatException} with MISUSE.
 */
public final class ClientSlot {
    private static final long TAG_MASK = 0xFF_FFFFL;
    private static final int TAG_SHIFT = 8;
    private static final int PID_SHIFT = 32;
    private static final long STATE_MASK = 0xFFL;

    private final StatusMemory memory;
    private final int index;
    private final int base;

    ClientSlot(final StatusMemory memory, final int index) {
        this.memory = memory;
        this.index = index;
        this.base = slotOffset(index);
    }

    /**
     * Which slot this is.
     *
     * @return 0 to 255.
     */
    public int index() {
        return index;
    }

    // The state.

    /**
     * Where the slot is.
     *
     * @return the state.
     */
    public ClientSlotState stateAcquire() {
        return stateOf(controlAcquire());
    }

    /**
     * The control word: two equal ones mean that the slot stayed with one claimant and in one state.
     *
     * @return state, part of the client id and pid, as in the layout.
     */
    public long controlAcquire() {
        return memory.read().getLongAcquire(base + SLOT_CONTROL_OFFSET);
    }

    /**
     * The process that claimed the slot, which is known from the very moment of the claim.
     *
     * @return a pid; 0 if the slot is free.
     */
    public long claimantPidAcquire() {
        return pidOf(controlAcquire());
    }

    static ClientSlotState stateOf(final long control) {
        return ClientSlotState.of((int) (control & STATE_MASK));
    }

    static long pidOf(final long control) {
        return control >>> PID_SHIFT;
    }

    private static long control(final long clientId, final long pid, final ClientSlotState state) {
        return (pid << PID_SHIFT) | ((clientId & TAG_MASK) << TAG_SHIFT) | state.number();
    }

    private boolean move(final long control, final ClientSlotState next) {
        final long nextControl = next == ClientSlotState.FREE ? 0 : (control & ~STATE_MASK) | next.number();
        return memory.write().compareAndSetLong(base + SLOT_CONTROL_OFFSET, control, nextControl);
    }

    private boolean moveOwn(final long clientId, final ClientSlotState from, final ClientSlotState next) {
        final long control = controlAcquire();
        return control == control(clientId, pidOf(control), from) && move(control, next);
    }

    private boolean moveAny(final ClientSlotState from, final ClientSlotState next) {
        final long control = controlAcquire();
        return stateOf(control) == from && move(control, next);
    }

    // By the client.

    /**
     * FREE to CLAIMED, and clears what the former client left. By a client.
     *
     * @param clientId of the client, from {@link StatusHeader#takeClientId()}.
     * @return false if the slot is not free.
     */
    public boolean claim(final long clientId) {
        final long pid = ProcessHandle.current().pid();
        final long claimed = control(clientId, pid, ClientSlotState.CLAIMED);
        if (!memory.write().compareAndSetLong(base + SLOT_CONTROL_OFFSET, 0, claimed)) {
            return false;
        }
        final int afterControl = SLOT_CONTROL_OFFSET + Long.BYTES;
        memory.write().setMemory(base + afterControl, SLOT_LENGTH - afterControl, (byte) 0);
        memory.write().putLong(base + SLOT_CLIENT_ID_OFFSET, clientId);
        memory.write().putLong(base + SLOT_PID_OFFSET, pid);
        return true;
    }

    /**
     * Says who the client is. By the client, between {@link #claim} and {@link #request}.
     *
     * @param protocolMin the oldest version that it speaks.
     * @param protocolMax the newest version that it speaks.
     * @param name for people, at most 63 bytes; longer ones lose their beginning.
     * @param nowMs the time, in milliseconds since 1970.
     */
    public void identify(final int protocolMin, final int protocolMax, final String name, final long nowMs) {
        final long startMs = ProcessHandle.current()
                .info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .orElse(0L);
        memory.write().putInt(base + SLOT_PROTOCOL_MIN_OFFSET, protocolMin);
        memory.write().putInt(base + SLOT_PROTOCOL_MAX_OFFSET, protocolMax);
        memory.write().putLong(base + SLOT_PROCESS_START_OFFSET, startMs);
        memory.write().putLong(base + SLOT_ATTACHED_AT_OFFSET, nowMs);
        TextField.put(memory.write(), base + SLOT_NAME_OFFSET, NAME_LENGTH, name);
    }

    /**
     * Says that the client was attached to a former coordinator. By the client, between {@link #claim} and {@link #request}.
     *
     * @param sequence of the first request that no former coordinator was sent; those below are sent again.
     */
    public void resume(final long sequence) {
        memory.write().putLong(base + SLOT_RESUME_SEQUENCE_OFFSET, sequence);
    }

    /**
     * CLAIMED to REQUESTED, which publishes what was filled in. By the client, which holds its client lock; then it rings
     * the bell.
     *
     * @param clientId of the client.
     * @return false if the slot was taken away meanwhile.
     */
    public boolean request(final long clientId) {
        return moveOwn(clientId, ClientSlotState.CLAIMED, ClientSlotState.REQUESTED);
    }

    /**
     * ATTACHED or REQUESTED to DETACHING: the client goes. By the client; then it rings the bell, and releases its lock.
     *
     * @param clientId of the client.
     * @return false if the slot is in another state, or another's.
     */
    public boolean detach(final long clientId) {
        // A request may be granted while it is withdrawn, so it is tried first.
        return moveOwn(clientId, ClientSlotState.REQUESTED, ClientSlotState.DETACHING)
                || moveOwn(clientId, ClientSlotState.ATTACHED, ClientSlotState.DETACHING);
    }

    /**
     * REFUSED or CLAIMED to FREE: the client has read the refusal, or gives up. By the client.
     *
     * @param clientId of the client.
     * @return false if the slot is in another state, or another's.
     */
    public boolean withdraw(final long clientId) {
        return moveOwn(clientId, ClientSlotState.REFUSED, ClientSlotState.FREE)
                || moveOwn(clientId, ClientSlotState.CLAIMED, ClientSlotState.FREE);
    }

    /**
     * Whether the slot is still the client's: one that was sent away writes nothing more. By the client.
     *
     * @param clientId of the client.
     * @return false in any state but ATTACHED, or when it is another's.
     */
    public boolean isAttached(final long clientId) {
        final long control = controlAcquire();
        return control == control(clientId, pidOf(control), ClientSlotState.ATTACHED);
    }

    /**
     * Tells how much of its reply queue the client has read. By the client.
     *
     * @param bytes in all, never less than before.
     */
    public void replyConsumedBytesRelease(final long bytes) {
        memory.write().putLongRelease(base + SLOT_REPLY_CONSUMED_BYTES_OFFSET, bytes);
    }

    /**
     * Tells which cycle of its reply queue the client reads: earlier ones may be deleted. By the client.
     *
     * @param cycle the cycle.
     */
    public void replyReadCycleRelease(final int cycle) {
        memory.write().putIntRelease(base + SLOT_REPLY_READ_CYCLE_OFFSET, cycle);
    }

    /**
     * Says that the client runs. By the client.
     *
     * @param nowNs {@link System#nanoTime()}.
     */
    public void heartbeatNsRelease(final long nowNs) {
        memory.write().putLongRelease(base + SLOT_HEARTBEAT_OFFSET, nowNs);
    }

    // By the coordinator.

    /**
     * REQUESTED to ATTACHED. By the coordinator.
     *
     * @param negotiatedVersion the version that both will speak.
     * @return false if the client withdrew.
     */
    public boolean attach(final int negotiatedVersion) {
        memory.write().putInt(base + SLOT_NEGOTIATED_VERSION_OFFSET, negotiatedVersion);
        return moveAny(ClientSlotState.REQUESTED, ClientSlotState.ATTACHED);
    }

    /**
     * REQUESTED to REFUSED. By the coordinator.
     *
     * @param code why.
     * @param text why, in words; only the last 252 bytes are kept.
     * @return false if the client withdrew.
     */
    public boolean refuse(final ErrorCode code, final String text) {
        memory.write().putInt(base + SLOT_REFUSAL_CODE_OFFSET, code.number());
        TextField.put(memory.write(), base + SLOT_REFUSAL_TEXT_OFFSET, SLOT_REFUSAL_TEXT_LENGTH, text);
        return moveAny(ClientSlotState.REQUESTED, ClientSlotState.REFUSED);
    }

    /**
     * REQUESTED, ATTACHED or DETACHING to DEAD. By the coordinator, which found the client's lock free.
     *
     * @return false if the slot is in another state.
     */
    public boolean dead() {
        // In the order in which the client moves, so that none of its moves is missed.
        return moveAny(ClientSlotState.REQUESTED, ClientSlotState.DEAD)
                || moveAny(ClientSlotState.ATTACHED, ClientSlotState.DEAD)
                || moveAny(ClientSlotState.DETACHING, ClientSlotState.DEAD);
    }

    /**
     * DETACHING or DEAD to FREE. By the coordinator, after it has cleaned up behind the client.
     *
     * @return false if the slot is in another state.
     */
    public boolean free() {
        return moveAny(ClientSlotState.DETACHING, ClientSlotState.FREE)
                || moveAny(ClientSlotState.DEAD, ClientSlotState.FREE);
    }

    /** To FREE from exactly this control word. By the coordinator, see {@link ClaimWatch}. */
    boolean freeFrom(final long control) {
        return move(control, ClientSlotState.FREE);
    }

    /**
     * Tells how much of the client's requests has been taken from the queue. By the coordinator.
     *
     * @param bytes in all.
     */
    public void requestConsumedBytesRelease(final long bytes) {
        memory.write().putLongRelease(base + SLOT_REQUEST_CONSUMED_BYTES_OFFSET, bytes);
    }

    /**
     * Tells how many requests of the client have been taken. By the coordinator.
     *
     * @param count in all.
     */
    public void requestCountRelease(final long count) {
        memory.write().putLongRelease(base + SLOT_REQUEST_COUNT_OFFSET, count);
    }

    /**
     * Tells how much has been written to the client's reply queue. By the coordinator.
     *
     * @param bytes in all.
     */
    public void replyWrittenBytesRelease(final long bytes) {
        memory.write().putLongRelease(base + SLOT_REPLY_WRITTEN_BYTES_OFFSET, bytes);
    }

    /**
     * Tells how many sessions the client has open. By the coordinator.
     *
     * @param count now.
     */
    public void openSessionsRelease(final int count) {
        memory.write().putIntRelease(base + SLOT_OPEN_SESSIONS_OFFSET, count);
    }

    /**
     * Tells how many results the client has open. By the coordinator.
     *
     * @param count now.
     */
    public void openCursorsRelease(final int count) {
        memory.write().putIntRelease(base + SLOT_OPEN_CURSORS_OFFSET, count);
    }

    // To be read by anybody.

    /**
     * The client. Plain, from CLAIMED on.
     *
     * @return its id.
     */
    public long clientId() {
        return memory.read().getLong(base + SLOT_CLIENT_ID_OFFSET);
    }

    /**
     * Whether the client id is of the one that claimed the slot: false in a slot that a client wrote to after it had been
     * taken away from it. The coordinator refuses such a request. Plain, from REQUESTED on.
     *
     * @return true if all is well.
     */
    public boolean isConsistent() {
        final long control = controlAcquire();
        return (clientId() & TAG_MASK) == ((control >>> TAG_SHIFT) & TAG_MASK) && pid() == pidOf(control);
    }

    /**
     * The client's process, for people. Plain, from CLAIMED on.
     *
     * @return its pid.
     */
    public long pid() {
        return memory.read().getLong(base + SLOT_PID_OFFSET);
    }

    /**
     * When the client's process started. Plain, from REQUESTED on.
     *
     * @return milliseconds since 1970; 0 if unknown.
     */
    public long processStartMs() {
        return memory.read().getLong(base + SLOT_PROCESS_START_OFFSET);
    }

    /**
     * When the client asked to be attached. Plain, from REQUESTED on.
     *
     * @return milliseconds since 1970.
     */
    public long attachedAtMs() {
        return memory.read().getLong(base + SLOT_ATTACHED_AT_OFFSET);
    }

    /**
     * From which request on the client sends what it has sent to no coordinator before. By the coordinator, once REQUESTED.
     *
     * @return a sequence, or 0 when the client is new.
     */
    public long resumeSequence() {
        return memory.read().getLong(base + SLOT_RESUME_SEQUENCE_OFFSET);
    }

    /**
     * The oldest protocol version that the client speaks. Plain, from REQUESTED on.
     *
     * @return a version.
     */
    public int protocolMin() {
        return memory.read().getInt(base + SLOT_PROTOCOL_MIN_OFFSET);
    }

    /**
     * The newest protocol version that the client speaks. Plain, from REQUESTED on.
     *
     * @return a version.
     */
    public int protocolMax() {
        return memory.read().getInt(base + SLOT_PROTOCOL_MAX_OFFSET);
    }

    /**
     * What the client calls itself. Plain, from REQUESTED on.
     *
     * @return any text.
     */
    public String name() {
        return TextField.get(memory.read(), base + SLOT_NAME_OFFSET, NAME_LENGTH);
    }

    /**
     * How much of its reply queue the client has read.
     *
     * @return bytes in all.
     */
    public long replyConsumedBytesAcquire() {
        return memory.read().getLongAcquire(base + SLOT_REPLY_CONSUMED_BYTES_OFFSET);
    }

    /**
     * Which cycle of its reply queue the client reads.
     *
     * @return the cycle; earlier ones may be deleted.
     */
    public int replyReadCycleAcquire() {
        return memory.read().getIntAcquire(base + SLOT_REPLY_READ_CYCLE_OFFSET);
    }

    /**
     * When the client last said that it runs.
     *
     * @return time of CLOCK_MONOTONIC; 0 if it never did.
     */
    public long heartbeatNsAcquire() {
        return memory.read().getLongAcquire(base + SLOT_HEARTBEAT_OFFSET);
    }

    /**
     * How much of the client's requests has been taken from the queue.
     *
     * @return bytes in all.
     */
    public long requestConsumedBytesAcquire() {
        return memory.read().getLongAcquire(base + SLOT_REQUEST_CONSUMED_BYTES_OFFSET);
    }

    /**
     * How many requests of the client have been taken.
     *
     * @return in all.
     */
    public long requestCountAcquire() {
        return memory.read().getLongAcquire(base + SLOT_REQUEST_COUNT_OFFSET);
    }

    /**
     * How much has been written to the client's reply queue.
     *
     * @return bytes in all.
     */
    public long replyWrittenBytesAcquire() {
        return memory.read().getLongAcquire(base + SLOT_REPLY_WRITTEN_BYTES_OFFSET);
    }

    /**
     * How many sessions the client has open.
     *
     * @return now.
     */
    public int openSessionsAcquire() {
        return memory.read().getIntAcquire(base + SLOT_OPEN_SESSIONS_OFFSET);
    }

    /**
     * How many results the client has open.
     *
     * @return now.
     */
    public int openCursorsAcquire() {
        return memory.read().getIntAcquire(base + SLOT_OPEN_CURSORS_OFFSET);
    }

    /**
     * The protocol version to speak. Plain, from ATTACHED on.
     *
     * @return a version.
     */
    public int negotiatedVersion() {
        return memory.read().getInt(base + SLOT_NEGOTIATED_VERSION_OFFSET);
    }

    /**
     * Why the client was refused. Plain, in REFUSED.
     *
     * @return a code.
     */
    public ErrorCode refusalCode() {
        return ErrorCode.of(memory.read().getInt(base + SLOT_REFUSAL_CODE_OFFSET));
    }

    /**
     * Why the client was refused, in words. Plain, in REFUSED.
     *
     * @return a text.
     */
    public String refusalText() {
        return TextField.get(memory.read(), base + SLOT_REFUSAL_TEXT_OFFSET, SLOT_REFUSAL_TEXT_LENGTH);
    }
}
