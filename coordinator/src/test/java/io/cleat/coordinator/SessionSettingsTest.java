// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.RequestException;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.SqlStatement;
import io.cleat.TableUpdates;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PRAGMAs that a session sets for itself, while others on the same connections have others. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SessionSettingsTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private Place place;
    private Coordinator coordinator;
    private Database database;
    private StatusFile status;

    @BeforeEach
    void open() {
        place = Place.in(folder, "settings");
        coordinator = Coordinator.launch(place.coordinator());
        database = place.open();
        status = StatusFile.openReadOnly(place.folder().resolve("status.dat"));
        database.script("CREATE TABLE parent(id INTEGER PRIMARY KEY);"
                + "CREATE TABLE child(id INTEGER PRIMARY KEY, p REFERENCES parent(id) ON DELETE CASCADE)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
    }

    @Test
    void shouldEnforceForeignKeysForTheSessionThatWantsThem() {
        try (Session strict = database.openSession();
                Session loose = database.openSession()) {
            strict.update("PRAGMA foreign_keys=ON");
            for (int i = 0; i < 20; i++) {
                final int id = i;
                assertThat(loose.update("INSERT INTO child VALUES(?, 1000)", id).changeCount())
                        .isEqualTo(1);
                assertThatThrownBy(() -> strict.update("INSERT INTO child VALUES(?, 1000)", 100 + id))
                        .isInstanceOf(SqlException.class)
                        .hasMessageContaining("FOREIGN KEY");
            }
            assertThat(strict.setting("foreign_keys")).isEqualTo("1");
            assertThat(loose.setting("foreign_keys")).isEqualTo("0");
            assertThat(database.queryLong("PRAGMA foreign_keys")).isZero();
        }
    }

    @Test
    void shouldCascadeOnlyForTheSessionThatWantsIt() {
        try (Session strict = database.openSession();
                Session loose = database.openSession()) {
            strict.setting("foreign_keys", "ON");
            database.script("INSERT INTO parent VALUES(1), (2); INSERT INTO child VALUES(1, 1), (2, 2)");
            // The same text: what is known of it depends on the settings.
            loose.update("DELETE FROM parent WHERE id = ?", 1);
            assertThat(database.queryLong("SELECT count(*) FROM child")).isEqualTo(2);
            strict.update("DELETE FROM parent WHERE id = ?", 2);
            assertThat(database.query("SELECT id FROM child", row -> row.getLong(0)))
                    .containsExactly(1L);
        }
    }

    @Test
    void shouldTellTheTablesOfACascadeWhenASessionWithoutHasRunTheSameStatement() {
        database.script("INSERT INTO parent VALUES(1), (2); INSERT INTO child VALUES(1, 1), (2, 2)");
        final List<TableUpdates> events = new CopyOnWriteArrayList<>();
        database.updates().listen(events::add);
        try (Session strict = database.openSession();
                Session loose = database.openSession()) {
            strict.setting("foreign_keys", "ON");
            loose.update("DELETE FROM parent WHERE id = ?", 1);
            strict.update("DELETE FROM parent WHERE id = ?", 2);
            await().atMost(SOON).untilAsserted(() -> assertThat(events).hasSize(2));
            assertThat(events.get(0).touches("child")).isFalse();
            assertThat(events.get(1).touches("child")).isTrue();
        }
    }

    @Test
    void shouldKeepToEachSessionsSettingsWhenTheirWritesWaitTogether() {
        final int sessions = 6;
        final List<Session> all = new ArrayList<>();
        try (Session holder = database.openSession()) {
            for (int i = 0; i < sessions; i++) {
                all.add(database.openSession());
                all.get(i).setting("foreign_keys", i % 2 == 0 ? "ON" : "OFF");
            }
            final long before = status.counters().value(SystemCounter.WRITE_TURN_WAITS);
            holder.begin();
            final List<CompletableFuture<Object>> writes = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                final Session session = all.get(i);
                final int id = i;
                writes.add(OtherThread.call(() -> session.update("INSERT INTO child VALUES(?, 1000)", id)));
            }
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(status.counters().value(SystemCounter.WRITE_TURN_WAITS))
                            .isGreaterThanOrEqualTo(before + sessions));
            holder.commit();
            for (int i = 0; i < sessions; i++) {
                final CompletableFuture<Object> write = writes.get(i);
                if (i % 2 == 0) {
                    assertThatThrownBy(write::join).hasMessageContaining("FOREIGN KEY");
                } else {
                    assertThat(write.join()).isNotNull();
                }
            }
            assertThat(database.queryLong("SELECT count(*) FROM child")).isEqualTo(sessions / 2);
        } finally {
            all.forEach(Session::close);
        }
    }

    @Test
    void shouldCompareByTheSessionsOwnLike() {
        try (Session exact = database.openSession();
                Session plain = database.openSession();
                SqlStatement exactly = exact.prepare("SELECT 'abc' LIKE 'ABC'");
                SqlStatement plainly = plain.prepare("SELECT 'abc' LIKE 'ABC'")) {
            exact.update("PRAGMA case_sensitive_like=1");
            for (int i = 0; i < 10; i++) {
                assertThat(number(exactly)).isZero();
                assertThat(number(plainly)).isEqualTo(1);
            }
            exact.update("PRAGMA case_sensitive_like=0");
            assertThat(number(exactly)).isEqualTo(1);
        }
    }

    private static long number(SqlStatement statement) {
        try (Rows rows = statement.rows()) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(0);
        }
    }

    @Test
    void shouldFireTriggersRecursivelyForTheSessionThatWantsIt() {
        database.script("CREATE TABLE n(i); CREATE TRIGGER more AFTER INSERT ON n WHEN new.i < 5"
                + " BEGIN INSERT INTO n VALUES(new.i + 1); END");
        try (Session recursive = database.openSession();
                Session plain = database.openSession()) {
            recursive.setting("recursive_triggers", "ON");
            plain.update("INSERT INTO n VALUES(1)");
            assertThat(database.queryLong("SELECT count(*) FROM n")).isEqualTo(2);
            recursive.update("INSERT INTO n VALUES(1)");
            assertThat(database.queryLong("SELECT count(*) FROM n")).isEqualTo(7);
            plain.update("INSERT INTO n VALUES(1)");
            assertThat(database.queryLong("SELECT count(*) FROM n")).isEqualTo(9);
        }
    }

    @Test
    void shouldIgnoreChecksAndReverseOrderForTheSessionThatWantsIt() {
        database.script("CREATE TABLE c(v CHECK(v > 0)); INSERT INTO c VALUES(1), (2), (3)");
        try (Session other = database.openSession()) {
            other.setting("ignore_check_constraints", "ON");
            other.setting("reverse_unordered_selects", "ON");
            assertThat(other.query("SELECT v FROM c", row -> row.getLong(0))).containsExactly(3L, 2L, 1L);
            assertThat(database.query("SELECT v FROM c", row -> row.getLong(0))).containsExactly(1L, 2L, 3L);
            other.update("INSERT INTO c VALUES(-1)");
            assertThatThrownBy(() -> database.update("INSERT INTO c VALUES(-2)"))
                    .hasMessageContaining("CHECK");
        }
    }

    @Test
    void shouldRefuseToWriteWhenTheSessionOnlyQueries() {
        try (Session reader = database.openSession();
                Session writer = database.openSession()) {
            reader.setting("query_only", "ON");
            for (final String sql :
                    List.of("INSERT INTO parent VALUES(1)", "CREATE TABLE x(a)", "PRAGMA user_version=4")) {
                assertThatThrownBy(() -> reader.update(sql))
                        .isInstanceOfSatisfying(SqlException.class, e -> assertThat(e.sqliteCode())
                                .isEqualTo(8));
            }
            assertThatThrownBy(reader::begin).hasMessageContaining("readonly");
            assertThat(reader.queryLong("SELECT count(*) FROM parent")).isZero();
            assertThat(reader.setting("query_only")).isEqualTo("1");
            assertThat(writer.setting("query_only")).isEqualTo("0");
            writer.update("INSERT INTO parent VALUES(1)");
            reader.setting("query_only", "OFF");
            reader.begin();
            reader.setting("query_only", "ON");
            assertThatThrownBy(() -> reader.update("INSERT INTO parent VALUES(2)"))
                    .hasMessageContaining("readonly");
            assertThat(reader.queryLong("SELECT count(*) FROM parent")).isEqualTo(1);
            reader.commit();
        }
    }

    @Test
    void shouldLeaveForeignKeysAsTheyAreInsideATransaction() {
        try (Session session = database.openSession()) {
            session.begin();
            session.setting("foreign_keys", "ON");
            assertThat(session.setting("foreign_keys")).isEqualTo("0");
            session.update("INSERT INTO child VALUES(1, 1000)");
            session.commit();
            assertThat(session.setting("foreign_keys")).isEqualTo("0");
            session.setting("foreign_keys", "ON");
            session.begin();
            assertThat(session.setting("foreign_keys")).isEqualTo("1");
            assertThatThrownBy(() -> session.update("INSERT INTO child VALUES(2, 1000)"))
                    .hasMessageContaining("FOREIGN KEY");
            session.rollback();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLookAtForeignKeysAtTheEndWhenTheyAreDeferred(boolean before) {
        try (Session session = database.openSession()) {
            session.setting("foreign_keys", "ON");
            if (before) {
                session.setting("defer_foreign_keys", "ON");
            }
            session.begin();
            if (!before) {
                session.setting("defer_foreign_keys", "ON");
            }
            session.update("INSERT INTO child VALUES(1, 5)");
            session.update("INSERT INTO parent VALUES(5)");
            session.commit();
            session.begin();
            assertThat(session.setting("defer_foreign_keys")).isEqualTo("0");
            assertThatThrownBy(() -> session.update("INSERT INTO child VALUES(2, 6)"))
                    .hasMessageContaining("FOREIGN KEY");
            session.rollback();
        }
    }

    @Test
    void shouldKeepTheBusyTimeoutAndTheRest() {
        try (Session session = database.openSession()) {
            assertThat(session.queryLong("PRAGMA busy_timeout=1234")).isEqualTo(1234);
            assertThat(session.setting("busy_timeout")).isEqualTo("1234");
            for (final String name : List.of(
                    "automatic_index", "cell_size_check", "legacy_alter_table", "trusted_schema", "read_uncommitted")) {
                final boolean isOn = session.setting(name).equals("1");
                session.setting(name, isOn ? "OFF" : "ON");
                assertThat(session.setting(name)).as(name).isEqualTo(isOn ? "0" : "1");
                assertThat(database.queryLong("PRAGMA " + name)).as(name).isEqualTo(isOn ? 1 : 0);
            }
            assertThatThrownBy(() -> session.setting("foreign_keys", "ON; DROP TABLE child"))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> session.setting("journal_mode", "DELETE"))
                    .isInstanceOfSatisfying(
                            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.REFUSED));
        }
    }

    @Test
    void shouldRefuseWithTheRemedyWhenTheSessionIsShared() {
        assertThatThrownBy(() -> database.update("PRAGMA foreign_keys=ON"))
                .hasMessageContaining("openSession")
                .hasMessageContaining("foreignKeys");
        assertThatThrownBy(() -> database.inTransaction(transaction -> transaction.update("PRAGMA query_only=ON")))
                .hasMessageContaining("openSession");
    }

    @Test
    void shouldReadALongResultToItsEndUnderItsOwnSettings() {
        database.script(
                "CREATE TABLE big(id INTEGER PRIMARY KEY, v); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                        + " FROM n WHERE i < 20000) INSERT INTO big SELECT i, 'Value ' || i FROM n");
        try (Session exact = database.openSession();
                Session plain = database.openSession()) {
            exact.setting("case_sensitive_like", "ON");
            try (Rows none = exact.rows("SELECT id FROM big WHERE v LIKE 'value%' OR id > 100");
                    Rows all = plain.rows("SELECT id FROM big WHERE v LIKE 'value%'")) {
                int count = 0;
                while (none.next()) {
                    assertThat(all.next()).isTrue();
                    count++;
                }
                assertThat(count).isEqualTo(19_900);
                int left = 0;
                while (all.next()) {
                    left++;
                }
                assertThat(left).isEqualTo(100);
            }
        }
    }

    @Test
    void shouldTellTheSuccessorWhenTheCoordinatorIsKilled() throws Exception {
        final Place other = Place.in(folder, "killed");
        try (ChildJvm first = other.serve();
                Database served = other.open();
                Session session = served.openSession();
                Session plain = served.openSession()) {
            served.script("CREATE TABLE parent(id INTEGER PRIMARY KEY); CREATE TABLE child(p REFERENCES parent(id))");
            session.setting("foreign_keys", "OFF");
            session.setting("foreign_keys", "ON");
            session.setting("query_only", "ON");
            session.setting("query_only", "OFF");
            session.setting("busy_timeout", "77");
            session.setting("case_sensitive_like", "ON");
            plain.update("INSERT INTO parent VALUES(9)");
            first.kill();
            try (ChildJvm second = other.serve()) {
                assertThat(session.setting("foreign_keys")).isEqualTo("1");
                assertThat(session.setting("query_only")).isEqualTo("0");
                assertThat(session.setting("busy_timeout")).isEqualTo("77");
                assertThat(session.queryLong("SELECT 'a' LIKE 'A'")).isZero();
                assertThatThrownBy(() -> session.update("INSERT INTO child VALUES(1000)"))
                        .hasMessageContaining("FOREIGN KEY");
                assertThat(plain.update("INSERT INTO child VALUES(1000)").changeCount())
                        .isEqualTo(1);
                // As a new connection: nothing is known of what the former coordinator did.
                assertThat(plain.queryLong("SELECT total_changes()")).isEqualTo(1);
                assertThat(second.isAlive()).isTrue();
            }
        }
    }
}
