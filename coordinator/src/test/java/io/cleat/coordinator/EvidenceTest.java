// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.coordinator.sqlite.SqliteSettings;
import io.cleat.coordinator.sqlite.WalCursor;
import io.cleat.coordinator.sqlite.WalFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What both forms of evidence say after commits that came to nothing, and of clients whose rows go. */
@Timeout(60)
class EvidenceTest {
    @TempDir
    Path folder;

    private final List<String> errors = new ArrayList<>();
    private final ErrorSink sink = (what, error) -> errors.add(what + ": " + error);
    private final List<AutoCloseable> open = new ArrayList<>();

    /** Ids of clients whose lock is held. */
    private final Set<Long> held = new HashSet<>();

    private SqliteDatabase database;
    private CommitJournal journal;

    @BeforeEach
    void create() {
        final Path file = folder.resolve("t.db");
        database = SqliteDatabase.open(SqliteSettings.of(file));
        database.writer().exec("CREATE TABLE t(a)");
        journal = CommitJournal.create(folder.resolve("commits.dat"), JournalIdentity.of(file));
    }

    @AfterEach
    void close() throws Exception {
        for (final AutoCloseable each : open) {
            each.close();
        }
        database.close();
        assertThat(errors).isEmpty();
    }

    private AloneClient client(long id, KnownOutcomes outcomes) throws Exception {
        final AloneClient made = new AloneClient(folder, id, outcomes);
        open.add(made);
        return made;
    }

    private void commit(Evidence evidence, AloneClient client, long sequence) {
        evidence.begin();
        database.writer().beginImmediate();
        database.writer().exec("INSERT INTO t VALUES(" + sequence + ")");
        evidence.stage(client.request(sequence), 1, 0, 1, null, false);
        evidence.intent(1);
        database.writer().commit();
        evidence.done(1);
        evidence.afterReplies();
    }

    /** COMMIT was tried, and the disk failed. */
    private void fail(Evidence evidence, AloneClient client, long sequence) {
        evidence.begin();
        database.writer().beginImmediate();
        evidence.stage(client.request(sequence), 1, 0, 1, null, false);
        evidence.intent(1);
        evidence.discard(Evidence.Damage.COMMIT, 1);
        database.writer().rollback();
    }

    // ---- the first form ----

    @Test
    void shouldStrikeWhatWasStagedForACommitThatNobodyHasMade() throws Exception {
        final WalCursor log = new WalCursor(WalFile.of(folder.resolve("t.db")));
        open.add(log);
        final LogEvidence evidence = new LogEvidence(journal, log, sink);
        final Outcomes outcomes = Outcomes.create(folder.resolve("5.dat"), 5);
        final AloneClient client = client(5, outcomes);
        // An Error between here and COMMIT.
        evidence.begin();
        evidence.stage(client.request(10), 1, 0, 1, null, false);
        commit(evidence, client, 11);
        assertThat(outcomes.find(10)).isNull();
        assertThat(Objects.requireNonNull(outcomes.find(11)).isUnknown()).isFalse();
        // What a successor would do.
        outcomes.strikeAbove(journal.doneStamp(), -1);
        assertThat(outcomes.find(10)).isNull();
        assertThat(outcomes.find(11)).isNotNull();
    }

    // ---- the second form ----

    private RowEvidence rows() {
        final OutcomeTable table = new OutcomeTable(database.writer());
        table.create();
        table.describe(7, 0, new byte[] {1});
        return new RowEvidence(
                database.writer(),
                new OutcomeRows(database.openReader(), sink),
                new OutcomeRows(database.openReader(), sink),
                0,
                held::contains,
                journal,
                sink);
    }

    @Test
    void shouldKeepTheRowsOfAClientThatCameBackBeforeTheyWereRemoved() throws Exception {
        final RowEvidence evidence = rows();
        commit(evidence, client(5, evidence.attach(5, 0)), 50);
        evidence.limitDead(0, Set.of(), id -> false);
        held.add(5L);
        final KnownOutcomes attached = evidence.attach(5, 100);
        commit(evidence, client(6, evidence.attach(6, 0)), 1);
        assertThat(Objects.requireNonNull(attached.find(50)).changeCount()).isEqualTo(1);
        assertThat(attached.isForgotten(51)).isFalse();
    }

    @Test
    void shouldNotCallAWriteUnappliedWhenTheRowsOfItsClientGoAfterItAttached() throws Exception {
        final RowEvidence evidence = rows();
        commit(evidence, client(5, evidence.attach(5, 0)), 50);
        evidence.limitDead(0, Set.of(), id -> false);
        final KnownOutcomes attached = evidence.attach(5, 100);
        commit(evidence, client(6, evidence.attach(6, 0)), 1);
        assertThat(attached.find(50)).isNull();
        assertThat(attached.isForgotten(50)).isTrue();
        assertThat(attached.isForgotten(100)).isFalse();
        // Once it has written again that is in the table.
        commit(evidence, client(5, attached), 100);
        assertThat(evidence.attach(5, 200).isForgotten(50)).isTrue();
        assertThat(evidence.attach(5, 200).isForgotten(101)).isFalse();
    }

    @Test
    void shouldKnowAWriteWhenItSucceedsAfterItsGroupDidNot() throws Exception {
        final RowEvidence evidence = rows();
        final KnownOutcomes outcomes = evidence.attach(5, 0);
        final AloneClient client = client(5, outcomes);
        fail(evidence, client, 50);
        assertThat(Objects.requireNonNull(outcomes.find(50)).isUnknown()).isTrue();
        commit(evidence, client, 50);
        assertThat(Objects.requireNonNull(outcomes.find(50)).isUnknown()).isFalse();
        assertThat(Objects.requireNonNull(outcomes.find(50)).changeCount()).isEqualTo(1);
    }

    @Test
    void shouldNotKnowAWriteThatFailedInACommitWhenItsClientIsGone() throws Exception {
        final RowEvidence evidence = rows();
        final AloneClient client = client(5, evidence.attach(5, 0));
        commit(evidence, client, 49);
        fail(evidence, client, 50);
        final KnownOutcomes asked = Objects.requireNonNull(evidence.find(5));
        assertThat(Objects.requireNonNull(asked.find(49)).isUnknown()).isFalse();
        assertThat(Objects.requireNonNull(asked.find(50)).isUnknown()).isTrue();
        assertThat(asked.find(51)).isNull();
        assertThat(Objects.requireNonNull(evidence.attach(5, 60).find(50)).isUnknown())
                .isTrue();
    }
}
