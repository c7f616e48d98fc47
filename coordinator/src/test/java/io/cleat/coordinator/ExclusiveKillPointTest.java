// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.Database;
import io.cleat.Outcome;
import io.cleat.TransactionLostException;
import io.cleat.UpdateResult;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real client has exclusive access and a write under way when its coordinator's process dies at a place that is known. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
final class ExclusiveKillPointTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Place prepared(boolean isShared) {
        final Place place = Place.in(folder, "alone");
        try (Coordinator first = Coordinator.launch(place.coordinator().exclusiveFile(!isShared));
                Database database = place.open()) {
            assertThat(first.isClosed()).isFalse();
            database.update("CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
        }
        return place;
    }

    private static List<String> rows(Database database) {
        return database.query("SELECT b FROM t ORDER BY a", row -> row.getText(0));
    }

    private static void assertLost(CompletableFuture<?> caller) {
        assertThatThrownBy(() -> caller.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(TransactionLostException.class, e -> assertThat(e.outcome())
                        .isEqualTo(Outcome.NOT_APPLIED));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGetItsResultOnceWhenTheCoordinatorDiesBeforeTheReply(boolean isShared) throws Exception {
        final Place place = prepared(isShared);
        final String option = "exclusiveFile=" + !isShared;
        try (ChildJvm dying = place.startDying("BEFORE_REPLY:2", option)) {
            dying.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            try (Database database = place.open()) {
                final CompletableFuture<UpdateResult> caller =
                        CompletableFuture.supplyAsync(() -> database.exclusively(alone -> {
                            alone.update("INSERT INTO t(b) VALUES('before')");
                            return alone.update("INSERT INTO t(b) VALUES('x'), ('y')");
                        }));
                assertThat(dying.awaitExit(PATIENCE)).isEqualTo(137);
                try (ChildJvm successor = place.serve(option)) {
                    final UpdateResult result = caller.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    assertThat(result.changeCount()).isEqualTo(2);
                    assertThat(result.lastRowId()).isEqualTo(3);
                    assertThat(rows(database)).containsExactly("before", "x", "y");
                    assertThat(successor.isAlive()).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotGoOnAsIfAloneWhenItHasItsResult(boolean isShared) throws Exception {
        final Place place = prepared(isShared);
        final String option = "exclusiveFile=" + !isShared;
        try (ChildJvm dying = place.startDying("BEFORE_REPLY:1", option)) {
            dying.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            try (Database database = place.open()) {
                final CompletableFuture<List<String>> inFlight = new CompletableFuture<>();
                final CompletableFuture<UpdateResult> caller =
                        CompletableFuture.supplyAsync(() -> database.exclusively(alone -> {
                            inFlight.complete(alone.query(
                                    "INSERT INTO t(b) VALUES('x'), ('y') RETURNING a || b", row -> row.getText(0)));
                            return alone.update("INSERT INTO t(b) VALUES('later')");
                        }));
                assertThat(dying.awaitExit(PATIENCE)).isEqualTo(137);
                try (ChildJvm successor = place.serve(option)) {
                    assertLost(caller);
                    assertThat(inFlight.getNow(List.of())).containsExactly("1x", "2y");
                    assertThat(rows(database)).containsExactly("x", "y");
                    assertThat(successor.isAlive()).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBeToldThatItIsNotAppliedWhenTheCoordinatorDiesBeforeTheCommit(boolean isShared) throws Exception {
        final Place place = prepared(isShared);
        final String option = "exclusiveFile=" + !isShared;
        try (ChildJvm dying = place.startDying("BEFORE_COMMIT:2", option)) {
            dying.awaitLine(PATIENCE, line -> line.startsWith("READY"));
            try (Database database = place.open()) {
                final CompletableFuture<UpdateResult> caller =
                        CompletableFuture.supplyAsync(() -> database.exclusively(alone -> {
                            alone.update("INSERT INTO t(b) VALUES('before')");
                            return alone.update("INSERT INTO t(b) VALUES('x'), ('y')");
                        }));
                assertThat(dying.awaitExit(PATIENCE)).isEqualTo(137);
                try (ChildJvm successor = place.serve(option)) {
                    assertLost(caller);
                    assertThat(rows(database)).containsExactly("before");
                    assertThat(successor.isAlive()).isTrue();
                }
            }
        }
    }
}
