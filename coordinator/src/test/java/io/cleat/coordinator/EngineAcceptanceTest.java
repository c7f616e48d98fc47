// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.Cancellation;
import io.cleat.CancelledException;
import io.cleat.Database;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.TableUpdate;
import io.cleat.TableUpdates;
import io.cleat.UpdateKind;
import io.cleat.status.StatusFile;
import io.cleat.status.SystemCounter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user of SQLite expects of SQL, of reads beside writes, and of what triggers do. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class EngineAcceptanceTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Longer than the test: it ends because it is cancelled. */
    private static final String ENDLESS =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

    @TempDir
    Path folder;

    private final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
    private Place place;
    private Coordinator coordinator;
    private Database database;

    @BeforeEach
    void open() {
        place = Place.in(folder, "engine");
        coordinator = Coordinator.launch(place.coordinator().errorHandler(errors::add));
        database = Database.open(place.client().errorHandler(errors::add));
        database.script("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
                + "CREATE TABLE config(key TEXT PRIMARY KEY, value);"
                + "CREATE TRIGGER on_config AFTER UPDATE ON config BEGIN INSERT INTO users(name) VALUES(new.key || new.value); END;"
                + "INSERT INTO config VALUES('a', 0), ('b', 0)");
    }

    @AfterEach
    void close() {
        database.close();
        coordinator.close();
        assertThat(errors).as("errors that nobody was told of").isEmpty();
    }

    private List<String> names() {
        return database.query("SELECT name FROM users ORDER BY id", row -> row.getText(0));
    }

    /** E1: a slow select is on a reader; other selects, updates and transactions go on beside it. */
    @Test
    void shouldServeOthersWhenASelectIsSlow() {
        final StatusFile status = StatusFile.open(place.folder().resolve("status.dat"));
        final Cancellation cancellation = new Cancellation();
        final CompletableFuture<Long> slow =
                OtherThread.call(() -> database.cancellable(cancellation).queryLong(ENDLESS));
        await().atMost(SOON)
                .until(() -> status.counters().value(SystemCounter.READS_MOVED_TO_POOL)
                                + status.counters().value(SystemCounter.READS_ON_POOL)
                        > 0);
        database.update("INSERT INTO users VALUES(1, 'one')");
        assertThat(names()).containsExactly("one");
        database.inTransaction(transaction -> {
            transaction.update("INSERT INTO users VALUES(2, 'two')");
            assertThat(OtherThread.call(this::names).join()).as("on a reader").containsExactly("one");
            assertThat(transaction.queryLong("SELECT count(*) FROM users"))
                    .as("on the writer")
                    .isEqualTo(2);
        });
        assertThat(names()).containsExactly("one", "two");
        assertThat(slow).isNotDone();
        assertThat(cancellation.cancel().join()).containsExactly(Cancellation.Fate.INTERRUPTED);
        assertThatThrownBy(slow::join).hasCauseInstanceOf(CancelledException.class);
    }

    /** E1: a select that fails is its caller's affair alone. */
    @Test
    void shouldTellOnlyTheCallerWhenASelectFails() {
        assertThatThrownBy(() -> database.queryLong("SELECT abs(-9223372036854775807 - 1)"))
                .isInstanceOf(SqlException.class)
                .hasMessageContaining("integer overflow");
        assertThatThrownBy(() -> database.queryAsync("SELECT nothing", row -> row.getLong(0))
                        .join())
                .hasCauseInstanceOf(SqlException.class);
        try (Session session = database.openSession()) {
            assertThatThrownBy(() -> session.queryLong("SELECT x FROM nowhere")).isInstanceOf(SqlException.class);
            assertThat(session.queryLong("SELECT 7")).isEqualTo(7);
        }
    }

    /** S18, S19: what a trigger writes is told; what does not fire it is not. */
    @Test
    void shouldRunAgainOnlyWhenTheTriggerFired() {
        final String count = "SELECT count(*) FROM users";
        final List<List<Long>> results = Collections.synchronizedList(new ArrayList<>());
        final List<TableUpdates> updates = Collections.synchronizedList(new ArrayList<>());
        database.updatesOfQuery(count).listen(updates::add);
        database.watch(count, row -> row.getLong(0)).listen(results::add);
        await().atMost(SOON).until(() -> results.size() == 1);
        database.update("UPDATE config SET value = 1 WHERE key = 'a'");
        await().atMost(SOON).until(() -> results.size() == 2);
        database.update("DELETE FROM config WHERE key = 'b'");
        database.announce(new TableUpdate("config", UpdateKind.DELETE));
        final long last =
                database.update("UPDATE config SET value = 2 WHERE key = 'a'").commitSequence();
        await().atMost(SOON).until(() -> results.size() == 3);
        assertThat(results).containsExactly(List.of(0L), List.of(1L), List.of(2L));
        // Told in the order of commits: whoever hears the last one has been told of all before.
        await().atMost(SOON).until(() -> updates.stream().anyMatch(update -> update.commitSequence() == last));
        assertThat(updates).extracting(TableUpdates::commitSequence).containsExactly(last - 2, last);
        assertThat(names()).containsExactly("a1", "a2");
    }

    /** E8: a duplicate, or replace, on conflict, RETURNING. */
    @Test
    void shouldDoAsSqliteWhenRowsCollide() {
        database.update("INSERT INTO users VALUES(1, 'Ada')");
        assertThatThrownBy(() -> database.update("INSERT INTO users VALUES(1, 'Grace')"))
                .isInstanceOfSatisfying(
                        SqlException.class, e -> assertThat(e.primaryCode()).isEqualTo(19))
                .hasMessageContaining("UNIQUE constraint failed: users.id");
        assertThat(database.update("INSERT OR IGNORE INTO users VALUES(1, 'Grace')")
                        .changeCount())
                .isZero();
        assertThat(names()).containsExactly("Ada");
        database.update("INSERT OR REPLACE INTO users VALUES(1, 'Grace')");
        assertThat(names()).containsExactly("Grace");
        database.update(
                "INSERT INTO users VALUES(1, 'Barbara') ON CONFLICT(id) DO UPDATE SET name = name || excluded.name");
        assertThat(names()).containsExactly("GraceBarbara");
        assertThat(database.query(
                        "INSERT INTO users(name) VALUES(?), (?) RETURNING id, name",
                        row -> row.getLong("id") + row.getText("name"),
                        "Tony",
                        "Edsger"))
                .containsExactly("2Tony", "3Edsger");
        assertThat(database.query("DELETE FROM users WHERE id > 1 RETURNING id", row -> row.getLong(0)))
                .containsExactlyInAnyOrder(2L, 3L);
    }

    /** E8: IN with as many marks as values, or a list in one; and rows within rows. */
    @Test
    void shouldDoAsSqliteWhenListsAndNestedResultsAreAsked() {
        database.script("INSERT INTO users VALUES(1, 'Ada'), (2, 'Grace'), (3, 'Tony');"
                + "CREATE TABLE todos(id INTEGER PRIMARY KEY, user REFERENCES users, title);"
                + "INSERT INTO todos VALUES(1, 1, 'a'), (2, 1, 'b'), (3, 3, 'c')");
        final Object[] ids = {1, 3, 99};
        final String marks = String.join(",", Collections.nCopies(ids.length, "?"));
        assertThat(database.query("SELECT name FROM users WHERE id IN (" + marks + ")", row -> row.getText(0), ids))
                .containsExactly("Ada", "Tony");
        assertThat(database.query(
                        "SELECT name FROM users WHERE id IN (SELECT value FROM json_each(?))",
                        row -> row.getText(0),
                        "[1,3,99]"))
                .containsExactly("Ada", "Tony");
        final Map<String, List<String>> nested = new LinkedHashMap<>();
        database.query("SELECT id, name FROM users ORDER BY id", row -> Map.entry(row.getLong(0), row.getText(1)))
                .forEach(user -> nested.put(
                        user.getValue(),
                        database.query(
                                "SELECT title FROM todos WHERE user = ? ORDER BY id",
                                row -> row.getText(0),
                                user.getKey())));
        assertThat(nested)
                .containsExactly(
                        Map.entry("Ada", List.of("a", "b")),
                        Map.entry("Grace", List.of()),
                        Map.entry("Tony", List.of("c")));
    }
}
