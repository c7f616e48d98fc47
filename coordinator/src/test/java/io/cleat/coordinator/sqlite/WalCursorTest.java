// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.coordinator.sqlite.WalPlace.Verdict;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of the log, found by the heads of its frames and by its checksums, against what SQLite really writes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class WalCursorTest {
    @TempDir
    Path folder;

    private Path file;
    private SqliteDatabase database;
    private SqliteConnection writer;
    private WalCursor cursor;

    @BeforeEach
    void open() {
        open(Synchronous.NORMAL);
    }

    private void open(Synchronous synchronous) {
        file = folder.resolve("t.db");
        database = SqliteDatabase.open(SqliteSettings.of(file).synchronous(synchronous));
        writer = database.writer();
        cursor = new WalCursor(WalFile.of(file));
    }

    @AfterEach
    void close() {
        cursor.close();
        database.close();
    }

    private WalPlace scanned() throws Exception {
        return WalFile.scan(WalFile.of(file));
    }

    private void commit(String... statements) {
        writer.beginImmediate();
        for (String sql : statements) {
            writer.exec(sql);
        }
        writer.commit();
        cursor.afterCommit();
    }

    private void createTable() {
        commit("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
        writer.exec("PRAGMA cache_size=10");
    }

    /** Far more pages than the cache holds, so that they go into the log before the end of their transaction. */
    private void spillAndRollBack() {
        writer.beginImmediate();
        writer.exec("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
                + "INSERT INTO t(a) SELECT randomblob(2000) FROM n");
        writer.rollback();
    }

    @Test
    void shouldBeEmptyBeforeTheFirstCommit() throws Exception {
        assertThat(cursor.place()).isEqualTo(WalPlace.EMPTY);
        assertThat(scanned()).isEqualTo(WalPlace.EMPTY);
        commit("CREATE TABLE t(a)");
        assertThat(cursor.hasLog()).isTrue();
        assertThat(cursor.place()).isEqualTo(scanned());
        assertThat(cursor.place().since(WalPlace.EMPTY)).isEqualTo(Verdict.COMMITTED);
    }

    @Test
    void shouldStayWhenACommitChangesNothing() throws Exception {
        createTable();
        commit("INSERT INTO t VALUES(1, 'x')");
        WalPlace before = cursor.place();
        commit("DELETE FROM t WHERE id = 2");
        assertThat(cursor.place()).isEqualTo(before).isEqualTo(scanned());
        assertThat(cursor.place().since(before)).isEqualTo(Verdict.NOT_COMMITTED);
    }

    @Test
    void shouldPassOverWhatASpillHasLeftWhenItWasRolledBack() throws Exception {
        createTable();
        commit("INSERT INTO t VALUES(1, 'x')");
        WalPlace before = cursor.place();
        long bytesBefore = Files.size(WalFile.of(file));
        spillAndRollBack();
        assertThat(Files.size(WalFile.of(file)))
                .as("the transaction was spilled")
                .isGreaterThan(bytesBefore + 100_000);
        assertThat(scanned()).isEqualTo(before);
        commit("DELETE FROM t WHERE id = 2");
        assertThat(cursor.place()).isEqualTo(before).isEqualTo(scanned());
        commit("INSERT INTO t VALUES(2, 'y')");
        assertThat(cursor.place()).isEqualTo(scanned());
        assertThat(cursor.place().since(before)).isEqualTo(Verdict.COMMITTED);
    }

    @Test
    void shouldFollowWhenTheLogStartsAnew() throws Exception {
        createTable();
        commit("INSERT INTO t VALUES(1, 'x')");
        spillAndRollBack();
        WalPlace before = cursor.place();
        assertThat(database.checkpoint(CheckpointMode.PASSIVE).complete()).isTrue();
        assertThat(scanned()).as("a checkpoint leaves the log alone").isEqualTo(before);
        commit("INSERT INTO t VALUES(2, 'y')");
        assertThat(cursor.place()).isEqualTo(scanned());
        assertThat(cursor.salt1()).isEqualTo(before.salt1() + 1);
        assertThat(cursor.frames()).isLessThan(before.frames());
        assertThat(cursor.place().since(before)).isEqualTo(Verdict.COMMITTED);
    }

    @Test
    void shouldNotCallItCommittedWhenTheLogStartsAnewForATransactionThatIsRolledBack() throws Exception {
        createTable();
        WalPlace before = cursor.place();
        assertThat(database.checkpoint(CheckpointMode.PASSIVE).complete()).isTrue();
        spillAndRollBack();
        assertThat(scanned().salt1()).isEqualTo(before.salt1() + 1);
        assertThat(scanned().since(before)).isEqualTo(Verdict.NOT_COMMITTED);
        commit("INSERT INTO t VALUES(2, 'y')");
        assertThat(cursor.place()).isEqualTo(scanned());
        assertThat(cursor.place().since(before)).isEqualTo(Verdict.COMMITTED);
    }

    @Test
    void shouldFindTheLastOfSeveralCommits() throws Exception {
        createTable();
        writer.exec("INSERT INTO t VALUES(1, 'x')");
        writer.exec("INSERT INTO t VALUES(2, 'x')");
        cursor.afterCommits();
        assertThat(cursor.place()).isEqualTo(scanned());
        writer.exec("INSERT INTO t VALUES(3, 'x')");
        assertThat(database.checkpoint(CheckpointMode.PASSIVE).complete()).isTrue();
        writer.exec("INSERT INTO t VALUES(4, 'x')");
        writer.exec("VACUUM");
        cursor.afterCommits();
        assertThat(cursor.place()).isEqualTo(scanned());
    }

    /** What a process leaves that is killed between the two writes of its last frame: the head, without the page. */
    private void leaveHeads(int count) throws Exception {
        WalPlace end = scanned();
        int pageBytes = 4096;
        try (RandomAccessFile log = new RandomAccessFile(WalFile.of(file).toFile(), "rw")) {
            for (int i = 0; i < count; i++) {
                log.seek(WalFormat.framePosition(end.frames() + i, pageBytes));
                log.writeInt(2);
                log.writeInt(i == count - 1 ? 2 : 0);
                log.writeInt(end.salt1());
                log.writeInt(end.salt2());
                log.writeLong(4711);
            }
            // The kernel had begun to take the page.
            log.writeLong(0);
        }
        assertThat(scanned()).isEqualTo(end);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldNotTakeAHeadWhoseProcessWasKilledForACommit(int heads) throws Exception {
        createTable();
        commit("INSERT INTO t VALUES(1, 'x')");
        leaveHeads(heads);
        cursor.close();
        cursor = new WalCursor(WalFile.of(file));
        WalPlace before = cursor.place();
        assertThat(before).isEqualTo(scanned());
        commit("DELETE FROM t WHERE id = -1");
        assertThat(cursor.place()).as("nothing was written").isEqualTo(before);
        writer.exec("DELETE FROM t WHERE id = -1");
        cursor.afterCommits();
        assertThat(cursor.place()).as("nothing was written").isEqualTo(before);
        for (int i = 0; i < 5; i++) {
            commit("INSERT INTO t(a) VALUES('y')");
            assertThat(cursor.place()).isEqualTo(scanned());
        }
        assertThat(database.checkpoint(CheckpointMode.PASSIVE).complete()).isTrue();
        for (int i = 0; i < 5; i++) {
            commit("INSERT INTO t(a) VALUES('z')");
            commit("DELETE FROM t WHERE id = -1");
            assertThat(cursor.place()).isEqualTo(scanned());
        }
        assertThat(cursor.salt1()).isEqualTo(before.salt1() + 1);
    }

    @Test
    void shouldGoOnWhenItsThreadIsInterrupted() throws Exception {
        createTable();
        Thread.currentThread().interrupt();
        commit("INSERT INTO t VALUES(1, 'x')");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(cursor.place()).isEqualTo(scanned());
    }

    @ParameterizedTest
    @EnumSource(Synchronous.class)
    void shouldAgreeWithTheChecksumsAfterEachOfManySteps(Synchronous synchronous) throws Exception {
        close();
        open(synchronous);
        createTable();
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        WalPlace last = cursor.place();
        int restarts = 0;
        for (int i = 0; i < 400; i++) {
            String step = step(random);
            assertThat(cursor.place()).as("seed=%d i=%d %s", seed, i, step).isEqualTo(scanned());
            restarts += cursor.salt1() == last.salt1() ? 0 : 1;
            last = cursor.place();
        }
        assertThat(restarts).as("seed=%d", seed).isPositive();
    }

    private String step(Random random) {
        switch (random.nextInt(8)) {
            case 0 -> {
                spillAndRollBack();
                commit("DELETE FROM t WHERE id = -1");
                return "rolled back";
            }
            case 1 -> {
                commit("UPDATE t SET a = a");
                return "the same again";
            }
            case 2 -> {
                database.checkpoint(CheckpointMode.PASSIVE);
                return "checkpoint";
            }
            case 3 -> {
                commit("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
                        + "INSERT INTO t(a) SELECT randomblob(1500) FROM n");
                return "many pages";
            }
            case 4 -> {
                commit(
                        "SAVEPOINT s",
                        "INSERT INTO t(a) SELECT randomblob(3000) FROM (VALUES(1), (2), (3), (4), (5), (6), (7), (8))",
                        "ROLLBACK TO s",
                        "INSERT INTO t(a) VALUES(2)");
                return "partly rolled back";
            }
            case 5 -> {
                commit("DELETE FROM t WHERE id > 50");
                return "deleted";
            }
            default -> {
                commit("INSERT INTO t(a) VALUES(1)");
                return "one row";
            }
        }
    }

    @Test
    void shouldEndBeforeAFrameThatIsDamaged() throws Exception {
        createTable();
        commit("INSERT INTO t VALUES(1, 'x')");
        WalPlace before = cursor.place();
        commit("INSERT INTO t VALUES(2, 'x')");
        WalPlace after = cursor.place();
        Path copy = folder.resolve("copy-wal");
        Files.copy(WalFile.of(file), copy);
        assertThat(WalFile.scan(copy)).isEqualTo(after);
        flip(copy, Files.size(copy) - 100);
        assertThat(WalFile.scan(copy)).isEqualTo(before);
        flip(copy, 20);
        assertThat(WalFile.scan(copy)).isEqualTo(WalPlace.EMPTY);
        try (RandomAccessFile damaged = new RandomAccessFile(copy.toFile(), "rw")) {
            damaged.setLength(31);
        }
        assertThat(WalFile.scan(copy)).isEqualTo(WalPlace.EMPTY);
        assertThat(WalFile.scan(folder.resolve("none"))).isEqualTo(WalPlace.EMPTY);
    }

    private static void flip(Path path, long offset) throws Exception {
        try (RandomAccessFile damaged = new RandomAccessFile(path.toFile(), "rw")) {
            damaged.seek(offset);
            int value = damaged.read();
            damaged.seek(offset);
            damaged.write(value ^ 0xff);
        }
    }

    @Test
    void shouldDecideNothingWhenTheLogIsNotTheOne() {
        WalPlace before = new WalPlace(7, 8, 10, true);
        assertThat(WalPlace.EMPTY.since(before)).isEqualTo(Verdict.UNDECIDED);
        assertThat(new WalPlace(7, 9, 11, true).since(before)).isEqualTo(Verdict.UNDECIDED);
        assertThat(new WalPlace(9, 8, 11, true).since(before)).isEqualTo(Verdict.UNDECIDED);
        assertThat(new WalPlace(7, 8, 9, true).since(before)).isEqualTo(Verdict.UNDECIDED);
        assertThat(new WalPlace(7, 8, 10, true).since(before)).isEqualTo(Verdict.NOT_COMMITTED);
        assertThat(new WalPlace(7, 8, 11, true).since(before)).isEqualTo(Verdict.COMMITTED);
        assertThat(new WalPlace(8, 1, 0, true).since(before)).isEqualTo(Verdict.NOT_COMMITTED);
        assertThat(new WalPlace(8, 1, 1, true).since(before)).isEqualTo(Verdict.COMMITTED);
    }
}
