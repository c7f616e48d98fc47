// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static io.cleat.status.StatusFileDescriptor.*;

import io.cleat.nameserver.TextField;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The header of a status file: who the coordinator is, and the few numbers that all processes share. The memory order is
 * in the names of the methods; what has none never changes.
 *
 * <p>Threading: any thread; who may write is said on each method. Writing through a file opened to be read only throws
 * {@link io.cleat.CleatException} with MISUSE.
 */
public final class StatusHeader {
    private static final int MAX_ATTEMPTS = 100;

    private final StatusMemory memory;

    StatusHeader(final StatusMemory memory) {
        this.memory = memory;
    }

    /**
     * The epoch of the coordinator.
     *
     * @return 1 to 2^42.
     */
    public long epoch() {
        return memory.read().getLong(EPOCH_OFFSET);
    }

    /**
     * The coordinator's process.
     *
     * @return its pid; the process may be gone, and the pid another's.
     */
    public long coordinatorPid() {
        return memory.read().getLong(PID_OFFSET);
    }

    /**
     * When the coordinator's process started.
     *
     * @return milliseconds since 1970; 0 if unknown.
     */
    public long processStartMs() {
        return memory.read().getLong(PROCESS_START_OFFSET);
    }

    /**
     * When this file was made.
     *
     * @return milliseconds since 1970.
     */
    public long createdAtMs() {
        return memory.read().getLong(CREATED_AT_OFFSET);
    }

    /**
     * The oldest protocol version that the coordinator speaks.
     *
     * @return a version.
     */
    public int protocolMin() {
        return memory.read().getInt(PROTOCOL_MIN_OFFSET);
    }

    /**
     * The newest protocol version that the coordinator speaks.
     *
     * @return a version.
     */
    public int protocolMax() {
        return memory.read().getInt(PROTOCOL_MAX_OFFSET);
    }

    /**
     * The version of the coordinator's SQLite library.
     *
     * @return as in "3.54.1".
     */
    public String sqliteVersion() {
        return TextField.get(memory.read(), SQLITE_VERSION_OFFSET, SQLITE_VERSION_LENGTH);
    }

    /**
     * The dialect of SQL that the coordinator takes.
     *
     * @return "sqlite".
     */
    public String dialect() {
        return TextField.get(memory.read(), DIALECT_OFFSET, DIALECT_LENGTH);
    }

    /**
     * The name of the database.
     *
     * @return a valid name.
     */
    public String databaseName() {
        return TextField.get(memory.read(), DATABASE_NAME_OFFSET, NAME_LENGTH);
    }

    /**
     * The SQLite file, for people.
     *
     * @return a path; a long one has lost its beginning.
     */
    public String databaseFile() {
        return TextField.get(memory.read(), DATABASE_FILE_OFFSET, DATABASE_FILE_LENGTH);
    }

    /**
     * Where the coordinator is in its life, or was when it died.
     *
     * @return the state.
     */
    public CoordinatorState stateAcquire() {
        return CoordinatorState.of(memory.read().getIntAcquire(STATE_OFFSET));
    }

    /**
     * Says where the coordinator is. By the coordinator.
     *
     * @param state the new state.
     */
    public void stateRelease(final CoordinatorState state) {
        memory.write().putIntRelease(STATE_OFFSET, Objects.requireNonNull(state).number());
    }

    /**
     * When the coordinator last said that it runs.
     *
     * @return time of CLOCK_MONOTONIC ({@link System#nanoTime()}), comparable within this machine since its start.
     */
    public long heartbeatNsAcquire() {
        return memory.read().getLongAcquire(HEARTBEAT_OFFSET);
    }

    /**
     * Says that the coordinator runs. By the coordinator.
     *
     * @param nowNs {@link System#nanoTime()}.
     */
    public void heartbeatNsRelease(final long nowNs) {
        memory.write().putLongRelease(HEARTBEAT_OFFSET, nowNs);
    }

    /**
     * The roll cycle that all request queues are written in now.
     *
     * @return 0 or more, never less than before.
     */
    public int requestCycleAcquire() {
        return memory.read().getIntAcquire(REQUEST_CYCLE_OFFSET);
    }

    /**
     * Moves the roll cycle on, never back. By the coordinator; it is safe from any process.
     *
     * @param cycle the cycle that is wanted.
     * @return the cycle that counts now: the one wanted, or a later one.
     */
    public int advanceRequestCycle(final int cycle) {
        while (true) {
            final int current = memory.read().getIntVolatile(REQUEST_CYCLE_OFFSET);
            if (cycle <= current) {
                return current;
            }
            if (memory.write().compareAndSetInt(REQUEST_CYCLE_OFFSET, current, cycle)) {
                return cycle;
            }
        }
    }

    /**
     * The number of the last commit that changed something.
     *
     * @return 0 or more.
     */
    public long commitSequenceAcquire() {
        return memory.read().getLongAcquire(COMMIT_SEQUENCE_OFFSET);
    }

    /**
     * Tells the number of the last commit. By the coordinator.
     *
     * @param sequence the number, greater than before.
     */
    public void commitSequenceRelease(final long sequence) {
        memory.write().putLongRelease(COMMIT_SEQUENCE_OFFSET, sequence);
    }

    /**
     * What is known of statements holds as long as this is the same even number. Odd: a change of the schema is under way, or may come
     * from outside at any time, and what is learnt must not be remembered; 0: not known.
     *
     * @return a number that grows with the changes of the schema in the life of the coordinator.
     */
    public long schemaEpochAcquire() {
        return memory.read().getLongAcquire(SCHEMA_EPOCH_OFFSET);
    }

    /**
     * Tells that the schema changes (odd), or has changed (even). By the coordinator: odd before the change can be seen, even before
     * anybody is told of it.
     *
     * @param epoch greater than before.
     */
    public void schemaEpochRelease(final long epoch) {
        memory.write().putLongRelease(SCHEMA_EPOCH_OFFSET, epoch);
    }

    /**
     * Takes a client id. By clients.
     *
     * @return an id that nobody else gets: epoch &lt;&lt; 20 | n, n from 1.
     */
    public long takeClientId() {
        return memory.write().getAndAddLong(NEXT_CLIENT_ID_OFFSET, 1);
    }

    /**
     * The id that the next client gets.
     *
     * @return an id.
     */
    public long nextClientIdAcquire() {
        return memory.read().getLongAcquire(NEXT_CLIENT_ID_OFFSET);
    }

    /** Tells the coordinator to look at the client table. By clients, after a slot became REQUESTED or DETACHING. */
    public void ringAttachDoorbell() {
        memory.write().getAndAddLong(ATTACH_DOORBELL_OFFSET, 1);
    }

    /**
     * How often the bell was rung. A coordinator that sees another number than before looks at the table.
     *
     * @return a number that grows.
     */
    public long attachDoorbellAcquire() {
        return memory.read().getLongAcquire(ATTACH_DOORBELL_OFFSET);
    }

    /**
     * Says who has the write turn. By the coordinator, now and then.
     *
     * @param holder the holder, or null for nobody.
     */
    public void turnHolder(final @Nullable TurnHolder holder) {
        final UnsafeBuffer buffer = memory.write();
        final long version = buffer.getLong(TURN_VERSION_OFFSET);
        buffer.putLongVolatile(TURN_VERSION_OFFSET, version + 1);
        buffer.putLong(TURN_CLIENT_ID_OFFSET, holder == null ? 0 : holder.clientId());
        buffer.putInt(TURN_SESSION_ID_OFFSET, holder == null ? 0 : holder.sessionId());
        buffer.putLong(TURN_BEGAN_OFFSET, holder == null ? 0 : holder.beganNs());
        TextField.put(buffer, TURN_SQL_OFFSET, TURN_SQL_LENGTH, holder == null ? "" : holder.sql());
        buffer.putLongRelease(TURN_VERSION_OFFSET, version + 2);
    }

    /**
     * Who has the write turn, as the coordinator said within the last 100 ms or so.
     *
     * @return the holder, or null for nobody, or when the coordinator was writing it each time we looked.
     */
    public @Nullable TurnHolder turnHolder() {
        final DirectBuffer buffer = memory.read();
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            final long version = memory.read().getLongAcquire(TURN_VERSION_OFFSET);
            final TurnHolder holder = new TurnHolder(
                    buffer.getLong(TURN_CLIENT_ID_OFFSET),
                    buffer.getInt(TURN_SESSION_ID_OFFSET),
                    buffer.getLong(TURN_BEGAN_OFFSET),
                    TextField.get(buffer, TURN_SQL_OFFSET, TURN_SQL_LENGTH));
            VarHandle.acquireFence();
            if ((version & 1) == 0 && memory.read().getLongVolatile(TURN_VERSION_OFFSET) == version) {
                return holder.clientId() == 0 ? null : holder;
            }
        }
        return null;
    }
}
