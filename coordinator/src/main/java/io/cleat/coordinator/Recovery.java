// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.WalFile;
import io.cleat.coordinator.sqlite.WalPlace;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, before SQLite opens the file, what became of the commit that a former coordinator was making when it died, and strikes the outcomes of what did
 * not happen. Who dies in it leaves the same to the next one. The owner lock is held.
 *
 * <p>Not thread-safe: of the thread that makes the coordinator.
 */
final class Recovery {
    private final DatabaseFolder folder;
    private final @Nullable CommitJournal journal;
    private final boolean isSameFile;
    private @Nullable CleatException problem;

    /**
     * Decides.
     *
     * @param folder of the database.
     */
    Recovery(DatabaseFolder folder) {
        this.folder = folder;
        final CommitJournal found = CommitJournal.open(folder.commitJournal());
        final JournalIdentity now = JournalIdentity.of(folder.databaseFile());
        if (found == null || !found.identity().isSameBoot(now)) {
            // Memory of another boot is older than the file, or belongs to nothing.
            folder.deleteOutcomes();
            journal = null;
            isSameFile = false;
            return;
        }
        journal = found;
        isSameFile = found.identity().equals(now);
        if (!isSameFile) {
            // The commit sequence goes on, and that is all.
            folder.deleteOutcomes();
        }
        if (found.isOpen()) {
            decide(found);
        } else {
            strike(found.doneStamp(), -1);
        }
    }

    private void decide(CommitJournal open) {
        final long stamp = open.intentStamp();
        switch (verdict(open)) {
            case COMMITTED -> {
                open.done(stamp, open.intentSequence());
                strike(stamp, -1);
            }
            case NOT_COMMITTED -> {
                strike(open.doneStamp(), -1);
                open.forgetIntent();
            }
            default -> {
                strike(open.doneStamp(), stamp);
                open.done(stamp, open.intentSequence());
                problem = new CleatException(
                        ErrorCode.COORDINATOR_LOST,
                        "the coordinator before this one died in a commit, and its log cannot tell whether that happened: its requests are answered UNKNOWN: "
                                + "stamp=" + stamp + " commitSequence=" + open.intentSequence() + " sameFile="
                                + isSameFile + " begunAt=" + open.intentPlace() + " log=" + folder.walFile());
            }
        }
    }

    private WalPlace.Verdict verdict(CommitJournal open) {
        final WalPlace begun = open.intentPlace();
        if (begun == null || !isSameFile) {
            return WalPlace.Verdict.UNDECIDED;
        }
        try {
            return WalFile.scan(folder.walFile()).since(begun);
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot read the write-ahead log " + folder.walFile(), e);
        }
    }

    private void strike(long above, long unknown) {
        for (final Path file : folder.outcomeFiles()) {
            final Outcomes outcomes = Outcomes.open(file);
            if (outcomes == null) {
                folder.deleteOutcomes(file);
            } else {
                outcomes.strikeAbove(above, unknown);
            }
        }
    }

    /** {@return whether the database in shared memory that a former coordinator has left is to be taken over} */
    boolean adoptsMemory() {
        return isSameFile;
    }

    /** {@return what could not be decided, to be logged; null: nothing} */
    @Nullable
    CleatException problem() {
        return problem;
    }

    /**
     * The journal to go on with; the database is open now.
     *
     * @return without an open intent.
     */
    CommitJournal journal() {
        final JournalIdentity now = JournalIdentity.of(folder.databaseFile());
        if (journal == null) {
            return CommitJournal.create(folder.commitJournal(), now);
        }
        if (!journal.identity().equals(now)) {
            journal.identity(now);
        }
        return journal;
    }
}
