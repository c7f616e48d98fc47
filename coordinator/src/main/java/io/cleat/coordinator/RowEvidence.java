// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Evidence as rows of the database, in the transaction whose evidence they are: whatever becomes of the one becomes of the other. Its methods may throw an
 * SqliteException before the commit, which fails it.
 *
 * <p>Not thread-safe: the conductor's, but for what {@link OutcomeStore} says.
 */
final class RowEvidence implements Evidence, OutcomeStore {
    private static final int NO_FLAGS = 0;

    private final SqliteConnection writer;
    private final OutcomeTable table;
    private final OutcomeRows rows;
    private final OutcomeRows housekeepersRows;
    private final CommitJournal journal;
    private final ErrorSink errors;
    private final long firstSequence;
    private final LongPredicate isHeld;
    private final DoubtfulWrites doubtful = new DoubtfulWrites();
    private final List<Staged> staged = new ArrayList<>();
    private final ManyToOneConcurrentLinkedQueue<Removal> removals = new ManyToOneConcurrentLinkedQueue<>();
    private volatile long removedId;
    private @Nullable Removal removing;
    private boolean isAlone;

    private record Staged(ClientRows client, long sequence, int flags) {}

    private record Removal(long clientId, boolean mayBeAskedFor) {}

    /**
     * Goes on after the rows that are there.
     *
     * @param writer the connection that writes.
     * @param rows for looking, the conductor's.
     * @param housekeepersRows for looking, the housekeeper's.
     * @param removedId up to which client's id nothing is known of a client without rows.
     * @param isHeld whether a client's lock is held, so that it lives.
     * @param journal takes the commit sequence.
     * @param errors take what no caller gets.
     */
    RowEvidence(
            SqliteConnection writer,
            OutcomeRows rows,
            OutcomeRows housekeepersRows,
            long removedId,
            LongPredicate isHeld,
            CommitJournal journal,
            ErrorSink errors) {
        this.writer = writer;
        this.table = new OutcomeTable(writer);
        this.rows = rows;
        this.housekeepersRows = housekeepersRows;
        this.removedId = removedId;
        this.isHeld = isHeld;
        this.journal = journal;
        this.errors = errors;
        this.firstSequence = Math.max(journal.commitSequence(), rows.lastCommitSequence());
    }

    // ---- of each commit ----

    @Override
    public long commitSequence() {
        return firstSequence;
    }

    @Override
    public void begin() {
        staged.clear();
        removing = null;
        isAlone = false;
    }

    /** What was staged before was committed by itself, as something that was begun. */
    @Override
    public void outsideTransaction() {
        isAlone = true;
    }

    @Override
    public void stage(
            Request request,
            long changeCount,
            long lastRowId,
            long commitSequence,
            @Nullable ResultChunk chunk,
            boolean tooManyRows) {
        int flags = tooManyRows ? OutcomesDescriptor.FLAG_ROWS | OutcomesDescriptor.FLAG_TOO_LARGE : NO_FLAGS;
        byte[] columns = null;
        byte[] values = null;
        if (chunk != null) {
            flags = OutcomesDescriptor.FLAG_ROWS;
            if (chunk.columnBytes() + chunk.rowBytes() > OutcomeTable.MAX_ROW_BYTES) {
                flags |= OutcomesDescriptor.FLAG_TOO_LARGE;
            } else {
                columns = OutcomeTable.columns(chunk);
                values = OutcomeTable.rows(chunk);
            }
        }
        put(request.session, request.sequence, 0, flags, changeCount, lastRowId, commitSequence, columns, values);
    }

    @Override
    public void stageJoined(JoinedWrites.Write write, long commitSequence) {
        put(
                write.session(),
                write.sequence(),
                0,
                OutcomesDescriptor.joinedFlags(write),
                write.changeCount(),
                write.lastRowId(),
                commitSequence,
                null,
                null);
    }

    @Override
    public void forgetThrough(AttachedClient client, long sequence) {
        if (client.outcomes instanceof ClientRows known) {
            known.forgetThrough(table, sequence);
        }
    }

    @Override
    public void stageTransaction(Request commit, long beginSequence, long commitSequence) {
        put(
                commit.session,
                commit.sequence,
                beginSequence,
                OutcomesDescriptor.FLAG_TRANSACTION,
                0,
                0,
                commitSequence,
                null,
                null);
    }

    @SuppressWarnings("TooManyParameters")
    private void put(
            ClientSession session,
            long sequence,
            long beginSequence,
            int flags,
            long changeCount,
            long lastRowId,
            long commitSequence,
            byte @Nullable [] columns,
            byte @Nullable [] values) {
        if (!(session.client.outcomes instanceof ClientRows client)) {
            return;
        }
        // What SQLite does not run in a transaction is written down before, as begun.
        final boolean alone = !writer.inTransaction();
        client.beforeStage(table);
        table.put(
                client.clientId,
                sequence,
                session.id,
                beginSequence,
                alone ? flags | OutcomesDescriptor.FLAG_UNKNOWN : flags,
                changeCount,
                lastRowId,
                commitSequence,
                columns,
                values);
        staged.add(new Staged(client, sequence, flags));
    }

    @Override
    public void intent(long commitSequence) {
        if (isAlone) {
            return;
        }
        Removal next = removals.peek();
        while (next != null && next.mayBeAskedFor && isHeld.test(next.clientId)) {
            // It has come back since.
            removals.poll();
            next = removals.peek();
        }
        if (next != null) {
            table.deleteClient(next.clientId, next.mayBeAskedFor);
            removing = next;
        }
    }

    @Override
    public void done(long commitSequence) {
        journal.skip(commitSequence);
        final Removal removed = removing;
        if (removed != null) {
            removals.poll();
            if (removed.mayBeAskedFor) {
                removedId = Math.max(removedId, removed.clientId);
            }
        }
        for (int i = 0; i < staged.size(); i++) {
            final Staged each = staged.get(i);
            if (isAlone) {
                ended(each);
            }
            each.client.committed(each.sequence);
        }
        staged.clear();
        removing = null;
    }

    private void ended(Staged each) {
        try {
            table.flags(each.client.clientId, each.sequence, each.flags);
        } catch (SqliteException e) {
            errors.onError("an outcome could not be written: it stays unknown", e);
        }
    }

    @Override
    public void discard(Damage damage, long commitSequence) {
        final boolean isOpen = isAlone || writer.inTransaction();
        for (int i = 0; i < staged.size(); i++) {
            final Staged each = staged.get(i);
            if (damage == Damage.COMMIT) {
                doubtful.add(each.client.clientId, each.sequence);
            } else if (isOpen) {
                withdraw(each);
            }
        }
        staged.clear();
        removing = null;
        if (damage == Damage.COMMIT) {
            journal.skip(commitSequence);
        }
    }

    /** A transaction that goes on after its COMMIT failed must not take along that it succeeded. */
    private void withdraw(Staged each) {
        try {
            table.delete(each.client.clientId, each.sequence);
        } catch (SqliteException e) {
            errors.onError("an outcome could not be withdrawn", e);
            if (!isAlone) {
                writer.rollback();
            }
        }
    }

    @Override
    public void afterReplies() {}

    // ---- of each client ----

    @Override
    public KnownOutcomes attach(long clientId, long resumedBelow) {
        return new ClientRows(clientId, resumedBelow, () -> removedId, rows, doubtful);
    }

    @Override
    public @Nullable KnownOutcomes find(long clientId) {
        return doubtful.has(clientId) || rows.hasRows(clientId)
                ? new ClientRows(clientId, 0, () -> removedId, rows, doubtful)
                : null;
    }

    @Override
    public void forget(long clientId) {
        removals.offer(new Removal(clientId, false));
    }

    @Override
    public void limitDead(int max, Set<Long> comeBack, LongPredicate isAlive) {
        if (!removals.isEmpty()) {
            // Nothing was committed since the last look.
            return;
        }
        final List<Long> dead = new ArrayList<>();
        for (final long client : housekeepersRows.clients()) {
            if (!comeBack.contains(client) && !isAlive.test(client)) {
                dead.add(client);
            }
        }
        for (int i = 0; i < dead.size() - max; i++) {
            removals.offer(new Removal(dead.get(i), true));
        }
    }
}
