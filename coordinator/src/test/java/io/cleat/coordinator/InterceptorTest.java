// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.cleat.Batch;
import io.cleat.CallKind;
import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.InterceptedCall;
import io.cleat.Interceptor;
import io.cleat.RequestException;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.SqlStatement;
import io.cleat.UpdateResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Interceptors around the calls of a client, and before and after the requests of a coordinator. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class InterceptorTest {
    @TempDir
    Path folder;

    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    /** Says what passes, and whether it came back. */
    private final class Witness implements Interceptor {
        private final String name;

        Witness(String name) {
            this.name = name;
        }

        @Override
        public <T extends @Nullable Object> T around(InterceptedCall call, Next<T> next) {
            seen.add(name + ">" + call.kind() + (call.sql().isEmpty() ? "" : " " + call.sql())
                    + (call.args().isEmpty() ? "" : " " + call.args()));
            boolean returned = false;
            try {
                final T result = next.proceed(call);
                returned = true;
                return result;
            } finally {
                seen.add(name + "<" + call.kind() + (returned ? "" : " failed"));
            }
        }
    }

    @Test
    void shouldStandInEachOtherInTheOrderAdded() {
        final Place place = Place.in(folder, "chain");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = Database.open(
                        place.client().interceptor(new Witness("a")).interceptor(new Witness("b")))) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            assertThat(seen)
                    .containsExactly(
                            "a>UPDATE CREATE TABLE t(a)", "b>UPDATE CREATE TABLE t(a)", "b<UPDATE", "a<UPDATE");
        }
    }

    @Test
    void shouldSeeEveryKindOfCall() {
        final Place place = Place.in(folder, "kinds");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = Database.open(place.client().interceptor(new Witness("i")))) {
            assertThat(coordinator.isClosed()).isFalse();
            database.script("CREATE TABLE t(a)");
            database.batch(batch -> batch.add("INSERT INTO t VALUES(?)", 1));
            assertThatThrownBy(() -> database.queryLong("SELECT nothing FROM t"))
                    .isInstanceOf(SqlException.class);
            database.inTransaction(outer -> {
                database.update("INSERT INTO t VALUES(?)", 2);
                assertThatThrownBy(() -> outer.inTransaction(inner -> {
                            throw new IllegalStateException("undo");
                        }))
                        .hasMessage("undo");
            });
            database.updateAsync("DELETE FROM t WHERE a = ?", 1).join();
            database.queryAsync("SELECT a FROM t", row -> row.getLong(0)).join();
            try (Session session = database.openSession();
                    SqlStatement statement = session.prepare("INSERT INTO t VALUES(?)")) {
                assertThat(statement.bindText(1, "x").update()).isEqualTo(1);
            }
        }
        assertThat(seen.stream().filter(line -> line.startsWith("i>")))
                .containsExactly(
                        "i>SCRIPT CREATE TABLE t(a)",
                        "i>BATCH",
                        "i>ROWS SELECT nothing FROM t",
                        "i>BEGIN",
                        "i>UPDATE INSERT INTO t VALUES(?) [2]",
                        "i>SAVEPOINT",
                        "i>ROLLBACK_TO",
                        "i>RELEASE",
                        "i>COMMIT",
                        "i>UPDATE DELETE FROM t WHERE a = ? [1]",
                        "i>ROWS SELECT a FROM t",
                        "i>UPDATE INSERT INTO t VALUES(?) [x]");
        assertThat(seen.stream().filter(line -> line.endsWith("failed"))).containsExactly("i<ROWS failed");
    }

    @Test
    void shouldReplaceRefuseOrAnswerACall() {
        final Place place = Place.in(folder, "replace");
        final Interceptor interceptor = new Interceptor() {
            @Override
            @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
            public <T extends @Nullable Object> T around(InterceptedCall call, Next<T> next) {
                if (call.sql().startsWith("DROP")) {
                    throw new SecurityException("no DROP here");
                }
                if (call.sql().startsWith("DELETE")) {
                    return (T) new UpdateResult(42, 0, 0);
                }
                if (call.batch() != null) {
                    return next.proceed(call.withBatch(new Batch().add("INSERT INTO t VALUES(7)")));
                }
                return next.proceed(
                        call.sql().equals("old") ? call.withStatement("SELECT ? + a FROM t ORDER BY a", 100) : call);
            }
        };
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = Database.open(place.client().interceptor(interceptor))) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            database.batch(batch -> batch.add("never", 1));
            assertThat(database.queryLong("old")).isEqualTo(107);
            assertThat(database.queryAsync("old", row -> row.getLong(0)).join()).containsExactly(107L);
            assertThatThrownBy(() -> database.update("DROP TABLE t")).isExactlyInstanceOf(SecurityException.class);
            assertThat(database.update("DELETE FROM t").changeCount()).isEqualTo(42);
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
            try (Session session = database.openSession();
                    SqlStatement prepared = session.prepare("old")) {
                assertThatThrownBy(prepared::rows).hasMessageContaining("cannot replace a prepared statement");
            }
        }
    }

    /** An interceptor that tries again opens rows twice; one that fails after BEGIN leaves nothing open. */
    @Test
    void shouldLeaveNothingOpenWhenAnInterceptorTriesAgainOrFails() {
        final Place place = Place.in(folder, "again");
        final AtomicBoolean failing = new AtomicBoolean();
        final Interceptor interceptor = new Interceptor() {
            @Override
            public <T extends @Nullable Object> T around(InterceptedCall call, Next<T> next) {
                final T first = next.proceed(call);
                if (failing.get()) {
                    throw new IllegalStateException("after " + call.kind());
                }
                return switch (call.kind()) {
                    case ROWS -> next.proceed(call);
                    default -> first;
                };
            }
        };
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().maxReaders(4));
                Database database = Database.open(place.client().interceptor(interceptor));
                Database other = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            other.script("CREATE TABLE t(a); INSERT INTO t VALUES(randomblob(200000)), (randomblob(200000))");
            for (int i = 0; i < 20; i++) {
                try (Rows rows = database.rows("SELECT a FROM t");
                        Rows more = database.rows("SELECT a FROM t")) {
                    assertThat(rows.next()).isTrue();
                    assertThat(more.next()).isTrue();
                }
            }
            failing.set(true);
            for (int i = 0; i < 20; i++) {
                assertThatThrownBy(() -> database.rows("SELECT a FROM t")).hasMessage("after ROWS");
                assertThatThrownBy(() -> database.inTransaction(transaction -> {}))
                        .hasMessage("after BEGIN");
            }
            other.update("INSERT INTO t VALUES(1)");
            failing.set(false);
            database.inTransaction(transaction -> transaction.update("INSERT INTO t VALUES(2)"));
            assertThat(other.queryLong("SELECT count(*) FROM t")).isEqualTo(4);
        }
    }

    /** What an interceptor's own request failed with says nothing of the BEGIN that it stands around. */
    @Test
    void shouldLeaveNothingOpenWhenAnInterceptorsOwnRequestFailsAfterBegin() {
        final Place place = Place.in(folder, "own");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database other = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            other.update("CREATE TABLE t(a)");
            final Interceptor interceptor = new Interceptor() {
                @Override
                public <T extends @Nullable Object> T around(InterceptedCall call, Next<T> next) {
                    final T result = next.proceed(call);
                    switch (call.kind()) {
                        case BEGIN, LOCK, BEGIN_READ -> other.queryLong("SELECT nothing FROM t");
                        default -> {}
                    }
                    return result;
                }
            };
            try (Database database = Database.open(place.client().interceptor(interceptor))) {
                assertThatThrownBy(() -> database.inTransaction(transaction -> {}))
                        .isInstanceOf(SqlException.class);
                database.update("INSERT INTO t VALUES(1)");
                assertThat(other.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
                assertThatThrownBy(() -> database.exclusively(operations -> 0)).isInstanceOf(SqlException.class);
                database.update("INSERT INTO t VALUES(2)");
                other.withTimeout(Duration.ofSeconds(20)).update("INSERT INTO t VALUES(3)");
                assertThatThrownBy(() -> database.snapshot(operations -> 0)).isInstanceOf(SqlException.class);
                other.update("INSERT INTO t VALUES(4)");
                assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(4);
            }
        }
    }

    /** What should be undone must not be committed because the undo failed too. */
    @Test
    void shouldRefuseToCommitWhenANestedBlockCannotBeUndone() {
        final Place place = Place.in(folder, "undo");
        final AtomicBoolean failing = new AtomicBoolean(true);
        final Interceptor interceptor = new Interceptor() {
            @Override
            public <T extends @Nullable Object> T around(InterceptedCall call, Next<T> next) {
                if (failing.get() && call.kind() == CallKind.ROLLBACK_TO) {
                    throw new IllegalStateException("no undo today");
                }
                return next.proceed(call);
            }
        };
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = Database.open(place.client().interceptor(interceptor))) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            assertThatThrownBy(() -> database.inTransaction(outer -> {
                        outer.update("INSERT INTO t VALUES(1)");
                        assertThatThrownBy(() -> outer.inTransaction(inner -> {
                                    inner.update("INSERT INTO t VALUES(2)");
                                    throw new IllegalArgumentException("mine");
                                }))
                                .hasMessage("mine");
                        assertThat(outer.isOpen()).isFalse();
                    }))
                    .isInstanceOfSatisfying(
                            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSACTION_ENDED))
                    .hasMessageContaining("by=a nested block")
                    .hasRootCauseMessage("no undo today");
            assertThatThrownBy(() -> database.inTransaction(outer -> {
                        outer.update("INSERT INTO t VALUES(3)");
                        outer.inTransaction(inner -> {
                            inner.update("INSERT INTO t VALUES(4)");
                            assertThatThrownBy(inner::rollback).hasMessage("no undo today");
                        });
                    }))
                    .hasMessageContaining("by=a nested block");
            try (Session session = database.openSession()) {
                session.begin();
                assertThatThrownBy(() -> session.inTransaction(inner -> {
                            inner.update("INSERT INTO t VALUES(4)");
                            throw new IllegalArgumentException("mine");
                        }))
                        .hasMessage("mine");
                assertThatThrownBy(session::commit).hasMessageContaining("by=a nested block");
                session.rollback();
            }
            assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
            failing.set(false);
            database.inTransaction(outer -> outer.update("INSERT INTO t VALUES(5)"));
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(1);
        }
    }

    /** The coordinator's: who asks for what, with what outcome and how long. */
    @Test
    void shouldTellTheCoordinatorOfEachRequestBeforeAndAfter() {
        final Place place = Place.in(folder, "requests");
        final List<RequestDetails> begun = Collections.synchronizedList(new ArrayList<>());
        final RequestInterceptor interceptor = new RequestInterceptor() {
            @Override
            public void before(RequestDetails request) {
                begun.add(request);
            }

            @Override
            public void after(RequestDetails request, @Nullable ErrorCode failure, long durationNs) {
                assertThat(begun).contains(request);
                assertThat(durationNs).isBetween(0L, TimeUnit.SECONDS.toNanos(60));
                seen.add(request.kind() + " " + request.sql() + (failure == null ? "" : " " + failure));
            }
        };
        final ClientContext client = place.client().clientName("asker");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator().interceptor(interceptor));
                Database database = Database.open(client)) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            database.script("INSERT INTO t VALUES(1); INSERT INTO t VALUES(2)");
            database.batch(batch -> batch.add("INSERT INTO t VALUES(?)", 3).add("DELETE FROM t WHERE a = ?", 1));
            assertThatThrownBy(() -> database.update("INSERT INTO nowhere VALUES(1)"))
                    .isInstanceOf(SqlException.class);
            database.inTransaction(transaction -> transaction.queryLong("SELECT count(*) FROM t"));
            assertThat(begun.get(0).clientName()).isEqualTo("asker");
            assertThat(begun.get(0).clientPid())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(begun.get(0).clientId()).isEqualTo(database.clientId());
        }
        assertThat(seen.subList(0, 7))
                .containsExactly(
                        "EXECUTE CREATE TABLE t(a)",
                        "SCRIPT INSERT INTO t VALUES(1); INSERT INTO t VALUES(2)",
                        "BATCH INSERT INTO t VALUES(?); DELETE FROM t WHERE a = ?",
                        "EXECUTE INSERT INTO nowhere VALUES(1) SQL",
                        "BEGIN ",
                        "EXECUTE SELECT count(*) FROM t",
                        "COMMIT ");
    }

    @Test
    void shouldRefuseARequestWhenTheCoordinatorsInterceptorThrows() {
        final Place place = Place.in(folder, "refuse");
        final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
        final RequestInterceptor interceptor = new RequestInterceptor() {
            @Override
            public void before(RequestDetails request) {
                if (request.sql().startsWith("DROP")) {
                    throw new CleatException(ErrorCode.PERMISSION, "nobody drops tables here");
                }
                if (request.sql().startsWith("DELETE") || request.kind().equals("ROLLBACK")) {
                    throw new IllegalStateException("no " + request.kind());
                }
            }

            @Override
            public void after(RequestDetails request, @Nullable ErrorCode failure, long durationNs) {
                if (failure != null) {
                    seen.add(request.kind() + " " + failure);
                }
            }
        };
        try (Coordinator coordinator = Coordinator.launch(
                        place.coordinator().errorHandler(errors::add).interceptor(interceptor));
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            assertThatThrownBy(() -> database.update("DROP TABLE t"))
                    .asInstanceOf(type(RequestException.class))
                    .satisfies(e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION);
                        assertThat(e).hasMessageContaining("nobody drops tables here");
                    });
            assertThatThrownBy(() -> database.update("DELETE FROM t"))
                    .asInstanceOf(type(RequestException.class))
                    .extracting(RequestException::code)
                    .isEqualTo(ErrorCode.REFUSED);
            // What gives back cannot be refused.
            assertThatThrownBy(() -> database.inTransaction(transaction -> {
                        transaction.update("INSERT INTO t VALUES(1)");
                        throw new IllegalStateException("undo");
                    }))
                    .hasMessage("undo")
                    .hasNoSuppressedExceptions();
            assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
            assertThat(errors).extracting(Throwable::getMessage).containsExactly("no ROLLBACK");
            assertThat(seen).containsExactly("EXECUTE PERMISSION", "EXECUTE REFUSED");
        }
    }
}
