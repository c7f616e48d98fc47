// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.WalCursor;
import io.cleat.coordinator.sqlite.WalPlace;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Evidence out of SQLite's own log: the journal notes where it ended before a commit, so that a look at it tells whether the commit is there.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class LogEvidence implements Evidence {
    private final CommitJournal journal;
    private final WalCursor log;
    private final ErrorSink errors;
    private final ArrayList<Outcomes> touched = new ArrayList<>();
    private long stamp;
    private boolean isBehind;
    private boolean hasSeveral;

    /** Where a commit that failed may lie whole, so that the next one cannot be told from it; null when there is none. */
    private @Nullable WalPlace doubtful;

    /**
     * Goes on after the commits in a journal.
     *
     * @param journal without an open intent.
     * @param log of the database, which is open.
     * @param errors take what no caller gets.
     */
    LogEvidence(CommitJournal journal, WalCursor log, ErrorSink errors) {
        this.journal = journal;
        this.log = log;
        this.errors = errors;
        this.stamp = journal.doneStamp() + 1;
    }

    @Override
    public long commitSequence() {
        return journal.commitSequence();
    }

    @Override
    public void begin() {
        if (!touched.isEmpty()) {
            // An Error came between: nobody has made that commit, and this one must not make it true.
            discard(Damage.NONE, journal.commitSequence());
        }
        if (isBehind) {
            catchUp();
        }
    }

    @Override
    public void stage(
            Request request,
            long changeCount,
            long lastRowId,
            long commitSequence,
            @Nullable ResultChunk rows,
            boolean tooManyRows) {
        if (request.session.client.outcomes instanceof Outcomes outcomes) {
            outcomes.stage(stamp, request, changeCount, lastRowId, commitSequence, rows, tooManyRows);
            touch(outcomes);
        }
    }

    private void touch(Outcomes outcomes) {
        if (touched.isEmpty() || touched.get(touched.size() - 1) != outcomes) {
            touched.add(outcomes);
        }
    }

    @Override
    public void stageJoined(JoinedWrites.Write write, long commitSequence) {
        if (write.session().client.outcomes instanceof Outcomes outcomes) {
            outcomes.stageJoined(stamp, write, commitSequence);
            touch(outcomes);
        }
    }

    @Override
    public void forgetThrough(AttachedClient client, long sequence) {
        if (client.outcomes instanceof Outcomes outcomes) {
            outcomes.forgetThrough(sequence);
        }
    }

    @Override
    public void stageTransaction(Request commit, long beginSequence, long commitSequence) {
        if (commit.session.client.outcomes instanceof Outcomes outcomes) {
            outcomes.stageTransaction(stamp, commit, beginSequence, commitSequence);
            touched.add(outcomes);
        }
    }

    @Override
    public void intent(long commitSequence) {
        final int flags = (log.hasLog() ? CommitJournalDescriptor.FLAG_HAS_LOG : 0)
                | (doubtful == null ? 0 : CommitJournalDescriptor.FLAG_DOUBTFUL);
        journal.intent(stamp, commitSequence, log.salt1(), log.salt2(), log.frames(), flags);
    }

    @Override
    public void done(long commitSequence) {
        journal.done(stamp, commitSequence);
        stamp++;
        isBehind = true;
        touched.clear();
    }

    @Override
    public void outsideTransaction() {
        hasSeveral = true;
    }

    @Override
    public void discard(Damage damage, long commitSequence) {
        for (int i = 0; i < touched.size(); i++) {
            touched.get(i).strikeAbove(stamp - 1, damage == Damage.COMMIT ? stamp : -1);
        }
        touched.clear();
        stamp++;
        if (damage == Damage.COMMIT) {
            journal.skip(commitSequence);
        }
        if (damage != Damage.NONE) {
            isBehind = true;
            log.distrustHeads();
            catchUp();
            // The commit that failed may itself have started the log anew: what it left is in the log of now.
            log.distrustHeads();
        }
        if (damage == Damage.COMMIT) {
            doubtful = log.place();
        } else {
            journal.forgetIntent();
        }
    }

    @Override
    public void afterReplies() {
        if (isBehind) {
            catchUp();
        }
    }

    private void catchUp() {
        try {
            if (hasSeveral) {
                log.afterCommits();
            } else {
                log.afterCommit();
            }
            isBehind = false;
            hasSeveral = false;
            final WalPlace place = doubtful;
            if (place != null && (place.frames() != log.frames() || place.salt1() != log.salt1())) {
                doubtful = null;
            }
        } catch (UncheckedIOException e) {
            // Until it can be read again nobody may rely on it.
            doubtful = log.place();
            log.distrustHeads();
            errors.onError("the write-ahead log cannot be read: outcomes may stay unknown", e);
        }
    }
}
