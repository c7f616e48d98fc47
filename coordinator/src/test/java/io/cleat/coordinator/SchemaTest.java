// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.OpeningDetails;
import io.cleat.RequestException;
import io.cleat.Schema;
import io.cleat.SqlException;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Schema versions and the hook before the first call. Acceptance: I2, I7, I15, E7. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class SchemaTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final List<OpeningDetails> seen = new ArrayList<>();
    private final List<AutoCloseable> served = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable coordinator : served) {
            coordinator.close();
        }
    }

    /** E7: version 1, closed, opened again at 2: upgraded once, and the data are there. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCreateThenUpgradeOnceWhenTheVersionGrows(boolean inOtherJvm) {
        final Place place = serve("grow", inOtherJvm);
        final AtomicInteger created = new AtomicInteger();
        final List<String> upgrades = new ArrayList<>();
        final Schema one = Schema.version(1).onCreate(transaction -> {
            created.incrementAndGet();
            transaction.script("CREATE TABLE users(id INTEGER PRIMARY KEY, name); CREATE INDEX i ON users(name)");
        });
        for (int i = 0; i < 2; i++) {
            try (Database database =
                    Database.open(place.client().schema(one.beforeOpen((d, details) -> seen.add(details))))) {
                database.update("INSERT INTO users(name) VALUES('a')");
            }
        }
        assertThat(created).hasValue(1);
        final Schema two = Schema.version(2)
                .onUpgrade((transaction, from, to) -> {
                    upgrades.add(from + "->" + to);
                    transaction.update("ALTER TABLE users ADD COLUMN age");
                })
                .beforeOpen((d, details) -> seen.add(details));
        for (int i = 0; i < 2; i++) {
            try (Database database = Database.open(place.client().schema(two))) {
                assertThat(database.queryLong("SELECT count(*) FROM users WHERE age IS NULL"))
                        .isEqualTo(2);
                assertThat(database.queryLong("PRAGMA user_version")).isEqualTo(2);
            }
        }
        assertThat(upgrades).containsExactly("1->2");
        assertThat(seen)
                .containsExactly(
                        new OpeningDetails(0, 1, true, false, false),
                        new OpeningDetails(1, 1, false, false, false),
                        new OpeningDetails(1, 2, false, true, false),
                        new OpeningDetails(2, 2, false, false, false));
    }

    /** E7: a change that throws leaves the old version and everything as it was; the next client does it. */
    @Test
    void shouldLeaveTheOldVersionWhenAChangeThrows() {
        final Place place = serve("throws", false);
        final AtomicInteger tries = new AtomicInteger();
        final Schema schema = Schema.version(1).onCreate(transaction -> {
            transaction.update("CREATE TABLE t(a)");
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("half done");
            }
        });
        assertThatThrownBy(() -> Database.open(place.client().schema(schema)))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("half done");
        try (Database plain = place.open()) {
            assertThat(plain.queryLong("PRAGMA user_version")).isZero();
            assertThat(plain.queryLong("SELECT count(*) FROM sqlite_schema")).isZero();
        }
        try (Database database = Database.open(place.client().schema(schema))) {
            assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
        }
        assertThat(tries).hasValue(2);
    }

    /** E7: a downgrade calls the hook; without one, the client is told which versions meet. */
    @Test
    void shouldRefuseADowngradeUnlessItIsHandled() {
        final Place place = serve("down", false);
        Database.open(place.client().schema(Schema.version(3))).close();
        assertThatThrownBy(() -> Database.open(
                        place.client().schema(Schema.version(2).onUpgrade((transaction, from, to) -> seen.clear()))))
                .asInstanceOf(type(CleatException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_VERSION);
                    assertThat(e).hasMessageContaining("'down' is of schema version 3, this client of 2");
                    assertThat(e).hasMessageContaining("older than the database");
                });
        final List<String> calls = new ArrayList<>();
        final Schema down = Schema.version(2)
                .onDowngrade((transaction, from, to) -> calls.add(from + "->" + to))
                .beforeOpen((d, details) -> seen.add(details));
        try (Database database = Database.open(place.client().schema(down))) {
            assertThat(database.queryLong("PRAGMA user_version")).isEqualTo(2);
        }
        assertThat(calls).containsExactly("3->2");
        assertThat(seen).containsExactly(new OpeningDetails(3, 2, false, false, true));
    }

    @Test
    void shouldUpgradeFromZeroWhenThereAreTablesWithoutAVersion() {
        final Place place = serve("zero", false);
        try (Database plain = place.open()) {
            plain.update("CREATE TABLE old(a INTEGER PRIMARY KEY AUTOINCREMENT)");
        }
        assertThatThrownBy(() -> Database.open(place.client()
                        .schema(Schema.version(1).onCreate(transaction -> transaction.update("CREATE TABLE t(a)")))))
                .asInstanceOf(type(CleatException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_VERSION);
                    assertThat(e).hasMessageContaining("version 0 with tables is not new");
                });
        final List<String> calls = new ArrayList<>();
        Database.open(place.client().schema(Schema.version(1).onUpgrade((t, from, to) -> calls.add(from + "->" + to))))
                .close();
        assertThat(calls).containsExactly("0->1");
        assertThatThrownBy(() -> Schema.version(0)).hasMessageContaining("version=0");
    }

    /** E7: exactly once, however many JVMs open an empty database at once. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCreateOnceWhenFiveJvmsOpenAtOnce(boolean inOtherJvm) {
        final Place place = serve("race", inOtherJvm);
        final List<ChildJvm> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                clients.add(place.start(SchemaMain.class, "192m", "1", "gate"));
            }
            clients.forEach(client -> client.awaitLine(PATIENCE, line -> line.startsWith("WAITING")));
            clients.forEach(client -> client.send(""));
            int created = 0;
            for (ChildJvm client : clients) {
                created += client.awaitLine(PATIENCE, line -> line.startsWith("DETAILS"))
                                .contains("created=true")
                        ? 1
                        : 0;
                assertThat(client.awaitLine("OPEN")).isEqualTo("1");
            }
            assertThat(created).isEqualTo(1);
        } finally {
            clients.forEach(ChildJvm::close);
        }
    }

    /** A JVM that is killed inside its upgrade leaves nothing behind, and the one that waits for it does the work. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldUpgradeByTheNextWhenAJvmIsKilledInTheMiddle(boolean inOtherJvm) {
        final Place place = serve("killed", inOtherJvm);
        try (ChildJvm first = place.start(SchemaMain.class, "192m", "1")) {
            first.awaitLine(PATIENCE, line -> line.startsWith("OPEN"));
        }
        try (ChildJvm victim = place.start(SchemaMain.class, "192m", "2", "hang")) {
            victim.awaitLine(PATIENCE, line -> line.startsWith("INSIDE"));
            final AtomicInteger upgrades = new AtomicInteger();
            final Schema schema = Schema.version(2)
                    .timeout(Duration.ofSeconds(60))
                    .onUpgrade((transaction, from, to) -> {
                        upgrades.incrementAndGet();
                        transaction.update("ALTER TABLE t ADD COLUMN b2");
                    });
            final CompletableFuture<Database> waiting = CompletableFuture.supplyAsync(
                    () -> Database.open(place.client().schema(schema)));
            victim.kill();
            try (Database database = waiting.join()) {
                assertThat(upgrades).hasValue(1);
                assertThat(database.queryLong("PRAGMA user_version")).isEqualTo(2);
                assertThat(database.queryLong("SELECT count(b2) FROM t")).isZero();
            }
        }
    }

    /** A change waits for its turn by the deadline of the schema. */
    @Test
    void shouldSaySoWhenTheTurnDoesNotComeInTime() {
        final Place place = serve("busy", false);
        try (Database holder = place.open()) {
            holder.inTransaction(transaction -> {
                final CompletableFuture<Database> other = CompletableFuture.supplyAsync(() ->
                        Database.open(place.client().schema(Schema.version(1).timeout(Duration.ofMillis(300)))));
                assertThatThrownBy(other::join).hasCauseInstanceOf(io.cleat.CallTimeoutException.class);
            });
        }
    }

    /** I2 and I7: the hook runs once, before the first statement; a transaction and a select in it work, from other threads too. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRunTheHookOnceBeforeTheFirstStatement(boolean inOtherJvm) throws Exception {
        final Place place = serve("hook", inOtherJvm);
        final AtomicInteger runs = new AtomicInteger();
        final CompletableFuture<Database> itself = new CompletableFuture<>();
        final ClientContext context = place.client()
                .schema(Schema.version(1)
                        .onCreate(transaction -> {
                            transaction.update("CREATE TABLE log(what)");
                            // The plain database joins, as anywhere else.
                            itself.join().update("INSERT INTO log VALUES('created')");
                        })
                        .beforeOpen((database, details) -> {
                            runs.incrementAndGet();
                            database.update("PRAGMA foreign_keys=OFF");
                            database.inTransaction(transaction -> {
                                transaction.update("INSERT INTO log VALUES('hook')");
                                assertThat(transaction.queryLong("SELECT count(*) FROM log"))
                                        .isEqualTo(2);
                            });
                            assertThat(database.queryAsync("SELECT what FROM log", row -> row.getText(0))
                                            .join())
                                    .hasSize(2);
                            itself.join().update("INSERT INTO log VALUES('itself')");
                            assertThat(CompletableFuture.supplyAsync(
                                                    () -> database.queryLong("SELECT count(*) FROM log"))
                                            .join())
                                    .isEqualTo(3);
                        }));
        try (Database database = Database.lazy(context)) {
            itself.complete(database);
            assertThat(runs).hasValue(0);
            database.update("INSERT INTO log VALUES('first')");
            database.update("INSERT INTO log VALUES('second')");
            assertThat(database.query("SELECT what FROM log ORDER BY rowid", row -> row.getText(0)))
                    .containsExactly("created", "hook", "itself", "first", "second");
            assertThat(runs).hasValue(1);
        }
    }

    /** I2: foreign keys are the coordinator's; setting what is set already does nothing, anything else says what to do. */
    @Test
    void shouldLetTheHookSetForeignKeysWhereTheCoordinatorHasThemSet() {
        final Place place = Place.in(folder, "keys");
        final Schema keys =
                Schema.anyVersion().beforeOpen((database, details) -> database.update("PRAGMA foreign_keys=ON"));
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().foreignKeys(true))) {
            assertThat(coordinator.isClosed()).isFalse();
            try (Database database = Database.open(place.client().schema(keys))) {
                database.script("CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(a REFERENCES a)");
                database.inTransaction(transaction -> transaction.update("PRAGMA foreign_keys = 1"));
                assertThatThrownBy(() -> database.update("INSERT INTO b VALUES(7)"))
                        .isInstanceOf(SqlException.class)
                        .hasMessageContaining("FOREIGN KEY");
                assertThatThrownBy(() -> database.update("PRAGMA foreign_keys=OFF"))
                        .isInstanceOf(RequestException.class)
                        .hasMessageContaining("where it is 1; set the coordinator's option foreignKeys");
            }
        }
        try (Coordinator coordinator = Coordinator.launch(place.coordinator())) {
            assertThat(coordinator.isClosed()).isFalse();
            assertThatThrownBy(() -> Database.open(place.client().schema(keys)))
                    .isInstanceOf(RequestException.class)
                    .hasMessageContaining("cleat serve --foreign-keys");
        }
    }

    /** I15: what SQLite said, the hook's frame and the caller's line. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldShowTheHookAndTheCallerWhenTheHookFails(boolean inOtherJvm) {
        final Place place = serve("trace", inOtherJvm);
        final ClientContext context =
                place.client().schema(Schema.version(1).onCreate(transaction -> invalidStatement(transaction)));
        try (Database database = Database.lazy(context)) {
            assertThatThrownBy(() -> firstCall(database))
                    .isInstanceOf(SqlException.class)
                    .hasMessageContaining("no such table: nowhere")
                    .satisfies(e -> assertThat(e.getStackTrace())
                            .extracting(StackTraceElement::getMethodName)
                            .containsSubsequence("invalidStatement", "firstCall"));
            assertThat(database.isOpen()).isFalse();
        }
    }

    private static void invalidStatement(io.cleat.Transaction transaction) {
        transaction.update("INSERT INTO nowhere VALUES(1)");
    }

    private static long firstCall(Database database) {
        return database.queryLong("SELECT 1");
    }

    private Place serve(String name, boolean inOtherJvm) {
        final Place place = Place.in(folder, name);
        served.add(inOtherJvm ? place.serve() : Coordinator.launch(place.coordinator()));
        return place;
    }
}
