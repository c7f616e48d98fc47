// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.cleat.ScriptedPeer.Received;
import io.cleat.nameserver.NameServer;
import io.cleat.protocol.Columns;
import io.cleat.protocol.ValueReader;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.status.ClientSlot;
import io.cleat.status.ClientSlotState;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client's side of docs/protocol.md, against a peer that does exactly what each test says. */
@Timeout(30)
@SuppressWarnings("NullAway") // each test opens for itself
final class DatabaseTest {
    private static final Columns ONE = Columns.of(List.of("v"), Collections.singletonList("INTEGER"));

    @TempDir
    Path folder;

    private ScriptedPeer peer;
    private Database database;

    @AfterEach
    void shouldLeaveNoThreadWhenClosed() {
        database.close();
        peer.close();
        await().atMost(Duration.ofSeconds(5)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("cleat-")));
    }

    private void open(BiConsumer<ScriptedPeer, Received> script) {
        open(script, new ClientContext());
    }

    private void open(BiConsumer<ScriptedPeer, Received> script, ClientContext context) {
        peer = new ScriptedPeer(folder, script);
        database = Database.open(context.name(ScriptedPeer.NAME).directory(folder));
    }

    private static void ignore(ScriptedPeer peer, Received request) {}

    private static long firstLong(Received request) {
        final ValueReader reader =
                new ValueReader().wrap(new UnsafeBuffer(request.parameters()), 0, request.parameters().length);
        reader.next();
        return reader.longValue();
    }

    @Test
    void shouldSendTheTextOnceWhenAStatementIsRepeated() {
        open((p, request) -> p.done(request.sequence(), 1));
        for (int i = 0; i < 3; i++) {
            assertThat(database.update("INSERT INTO t VALUES(?)", i).changeCount())
                    .isEqualTo(1);
        }
        assertThat(peer.received()).extracting(Received::sql).containsExactly("INSERT INTO t VALUES(?)", "", "");
        assertThat(peer.received()).extracting(Received::statementId).containsOnly(1);
        assertThat(peer.received()).extracting(Received::sequence).containsExactly(1L, 2L, 3L);
    }

    @Test
    void shouldSendTheTextWhenItRanAsAScriptBefore() {
        open((p, request) -> p.done(request.sequence(), 1));
        database.script("DELETE FROM t");
        database.update("DELETE FROM t");
        database.update("DELETE FROM t");
        database.script("DELETE FROM t");
        assertThat(peer.received()).extracting(Received::statementId).containsExactly(0, 1, 1, 0);
        assertThat(peer.received())
                .extracting(Received::sql)
                .containsExactly("DELETE FROM t", "DELETE FROM t", "", "DELETE FROM t");
    }

    @Test
    void shouldPipelineInOrderWhenRepliesComeLate() {
        final List<Received> held = new ArrayList<>();
        open((p, request) -> {
            held.add(request);
            if (held.size() == 100) {
                held.forEach(each -> p.done(each.sequence(), firstLong(each)));
            }
        });
        final List<CompletableFuture<UpdateResult>> futures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            futures.add(database.updateAsync("INSERT INTO t VALUES(?)", i));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(futures.get(i).join().changeCount()).isEqualTo(i);
        }
    }

    @Test
    void shouldGiveEachThreadItsReplyWhenSessionsInterleave() throws InterruptedException {
        open((p, request) -> p.done(request.sequence(), firstLong(request)));
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            final int base = t * 1_000_000;
            final Thread thread = new Thread(() -> {
                try {
                    for (int i = 0; i < 500; i++) {
                        assertThat(database.update("U", base + i).changeCount()).isEqualTo(base + i);
                    }
                } catch (Throwable e) {
                    failure.set(e);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void shouldPutRowsTogetherWhenTheyCrossChunks() {
        final byte[] blob = new byte[700_000];
        new Random(3).nextBytes(blob);
        final byte[] rows = concat(ScriptedPeer.row(blob), ScriptedPeer.row("end"));
        open((p, request) -> {
            final Streamed streamed = new Streamed(p, request.sequence(), rows);
            p.onCredit = streamed::send;
            streamed.send(256 << 10);
        });
        try (Rows result = database.rows("SELECT v")) {
            assertThat(result.next()).isTrue();
            assertThat(result.getBytes(0)).isEqualTo(blob);
            assertThat(result.next()).isTrue();
            assertThat(result.getText("V")).isEqualTo("end");
            assertThat(result.next()).isFalse();
        }
        assertThat(peer.grantedBytes.get()).isGreaterThan(400_000);
    }

    @Test
    void shouldCancelAndIgnoreTheRestWhenRowsAreClosedEarly() {
        final AtomicReference<Received> first = new AtomicReference<>();
        open((p, request) -> {
            if (first.compareAndSet(null, request)) {
                p.result(request.sequence(), 0, false, ONE, ScriptedPeer.row(1), 0, ScriptedPeer.row(1).length, 0);
            } else {
                p.result(first.get().sequence(), 1, true, ONE, ScriptedPeer.row(2), 0, ScriptedPeer.row(2).length, 0);
                p.rows(request.sequence(), ONE, ScriptedPeer.row(3));
            }
        });
        try (Session session = database.openSession()) {
            try (Rows rows = session.rows("SELECT v")) {
                assertThat(rows.next()).isTrue();
            }
            assertThat(session.queryLong("SELECT v")).isEqualTo(3);
            assertThat(peer.cancels()).containsExactly(1L);
        }
    }

    @Test
    void shouldNameTheCoordinatorWhenTheDeadlinePasses() {
        open(DatabaseTest::ignore, new ClientContext().logParameters(true));
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(50)).update("UPDATE t SET a=?", "x"))
                .isInstanceOfSatisfying(CallTimeoutException.class, e -> {
                    assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN);
                    assertThat(e.parameters()).isEqualTo("['x']");
                })
                .hasMessageContaining("timeoutMs=50")
                .hasMessageContaining(
                        "coordinator pid=" + ProcessHandle.current().pid())
                .hasMessageContaining("heartbeatAgeMs=");
        await().until(() -> peer.cancels().equals(List.of(1L)));
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(50)).update("UPDATE t SET a=?", "x"))
                .isInstanceOf(CallTimeoutException.class);
    }

    @Test
    void shouldIgnoreALateReplyWhenTheCallHasTimedOut() {
        final List<Received> held = new ArrayList<>();
        open((p, request) -> {
            held.add(request);
            if (held.size() == 2) {
                p.done(held.get(0).sequence(), 111);
                p.done(request.sequence(), 222);
            }
        });
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(50)).update("U"))
                .isInstanceOf(CallTimeoutException.class);
        assertThat(database.update("U").changeCount()).isEqualTo(222);
    }

    @Test
    void shouldCarryTheRemoteCauseWhenSqliteFails() {
        open(
                (p, request) -> p.failure(
                        request.sequence(),
                        ErrorCode.SQL,
                        2067,
                        "[SQLITE_CONSTRAINT_UNIQUE] UNIQUE constraint failed: t.a",
                        "org.sqlite.E: no\n\tat io.cleat.coordinator.Far.away(Far.java:12)\nCaused by: x\n\tat a.B.c(Unknown Source)\n"));
        assertThatThrownBy(() -> database.update("INSERT INTO t VALUES(?)", 1))
                .isInstanceOfSatisfying(SqlException.class, e -> {
                    assertThat(e.sqliteCode()).isEqualTo(2067);
                    assertThat(e.primaryCode()).isEqualTo(19);
                    assertThat(e.parameters()).isNull();
                    assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED);
                    assertThat(e.getStackTrace())
                            .anyMatch(frame -> frame.getClassName().equals(DatabaseTest.class.getName()));
                    assertThat(e.getCause()).isNotNull();
                    assertThat(e.getCause().getStackTrace()[0])
                            .isEqualTo(new StackTraceElement("io.cleat.coordinator.Far", "away", "Far.java", 12));
                })
                .hasMessageContaining("sql=INSERT INTO t VALUES(?)");
    }

    @Test
    void shouldFailPendingAndLaterCallsWhenTheCoordinatorCloses() {
        open((p, request) -> p.closing("maintenance"));
        assertThatThrownBy(() -> database.update("U"))
                .isInstanceOf(ClosedException.class)
                .hasMessageContaining("maintenance");
        assertThatThrownBy(() -> database.update("U"))
                .isInstanceOf(ClosedException.class)
                .hasMessageContaining("maintenance");
        assertThat(database.isClosed()).isTrue();
        // A coordinator that stops waits for this.
        await().until(() -> peer.attachedSlotState() == ClientSlotState.DETACHING);
    }

    @Test
    void shouldSayLostWhenTheCoordinatorDies() {
        open(DatabaseTest::ignore, new ClientContext().livenessTimeout(Duration.ofMillis(100)));
        final CompletableFuture<UpdateResult> pending = database.updateAsync("U");
        peer.die();
        assertThatThrownBy(() -> pending.get(5, TimeUnit.SECONDS)).hasCauseInstanceOf(CoordinatorLostException.class);
        assertThatThrownBy(() -> database.update("U")).isInstanceOf(CoordinatorLostException.class);
    }

    @Test
    void shouldWaitByTheDeadlineWhenTheCoordinatorIsSuspended() {
        open(DatabaseTest::ignore, new ClientContext().livenessTimeout(Duration.ofMillis(50)));
        peer.beating = false;
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(400)).update("U"))
                .isInstanceOf(CallTimeoutException.class);
    }

    @Test
    void shouldFailPendingCallsWhenTheDatabaseIsClosed() {
        open(DatabaseTest::ignore);
        final CompletableFuture<UpdateResult> pending = database.updateAsync("U");
        database.close();
        database.close();
        assertThatThrownBy(pending::join).hasCauseInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> database.update("U")).isInstanceOf(ClosedException.class);
        assertThatThrownBy(() -> database.updateAsync("U")).isInstanceOf(ClosedException.class);
    }

    @Test
    void shouldWaitForRoomWhenTheRequestWindowIsFull() {
        open((p, request) -> p.done(request.sequence(), 1));
        peer.taking = false;
        final byte[] blob = new byte[200_000];
        final List<CompletableFuture<UpdateResult>> futures = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 30; i++) {
                        futures.add(database.updateAsync("U", (Object) blob));
                        if (i == 19) {
                            database.withTimeout(Duration.ofMillis(50)).update("U", (Object) blob);
                        }
                    }
                })
                .isInstanceOf(CallTimeoutException.class)
                .hasMessageContaining("room in the request window");
        assertThat(futures).hasSize(20);
        peer.taking = true;
        futures.forEach(CompletableFuture::join);
    }

    @Test
    void shouldEndByItsDeadlineWhenAnotherWritesALongRequest() throws InterruptedException {
        open((p, request) -> p.done(request.sequence(), 1));
        peer.taking = false;
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread other = new Thread(() -> {
            try {
                database.withTimeout(Duration.ofSeconds(4)).update("U", (Object) new byte[8 << 20]);
            } catch (CallTimeoutException e) {
                failure.set(e);
            }
        });
        other.start();
        Thread.sleep(500);
        final long startNs = System.nanoTime();
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(50)).update("U"))
                .isInstanceOf(CallTimeoutException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(Duration.ofSeconds(2));
        other.join();
        assertThat(failure.get()).isNotNull();
        peer.taking = true;
        // The pieces are dropped.
        await().until(() -> peer.cancels().equals(List.of(1L)));
        assertThat(database.update("U").changeCount()).isEqualTo(1);
    }

    @Test
    void shouldSendPiecesWhenARequestIsLongerThanARecord() {
        open((p, request) -> p.done(request.sequence(), request.parameters().length));
        final byte[] blob = new byte[3 << 20];
        new Random(4).nextBytes(blob);
        assertThat(database.update("INSERT INTO t VALUES(?)", (Object) blob).changeCount())
                .isEqualTo(blob.length + 5);
        final Received request = peer.received().get(0);
        assertThat(request.templateId()).isEqualTo(ExecuteDecoder.TEMPLATE_ID);
        final ValueReader reader =
                new ValueReader().wrap(new UnsafeBuffer(request.parameters()), 0, request.parameters().length);
        reader.next();
        assertThat(reader.bytes()).isEqualTo(blob);
    }

    @Test
    void shouldFailAtOnceWhenAPartOfTheReplyWasLost() {
        open((p, request) -> {
            p.result(request.sequence(), 0, false, ONE, ScriptedPeer.row(1), 0, ScriptedPeer.row(1).length, 0);
            p.result(request.sequence(), 2, false, ONE, ScriptedPeer.row(3), 0, ScriptedPeer.row(3).length, 0);
        });
        assertThatThrownBy(() -> database.query("SELECT v", row -> row.getLong(0)))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DAMAGED));
        await().until(() -> peer.cancels().equals(List.of(1L)));
    }

    @Test
    void shouldCancelWhenAnAsynchronousCallIsLate() {
        open(
                (p, request) -> p.result(
                        request.sequence(), 0, false, ONE, ScriptedPeer.row(1), 0, ScriptedPeer.row(1).length, 0),
                new ClientContext().requestTimeout(Duration.ofMillis(100)));
        final CompletableFuture<List<Long>> late = database.queryAsync("SELECT v", row -> row.getLong(0));
        assertThatThrownBy(late::join).hasCauseInstanceOf(CallTimeoutException.class);
        await().until(() -> peer.cancels().equals(List.of(1L)));
    }

    @Test
    void shouldEndAtTheDeadlineWhenTheReplyIsNotReadable() {
        final List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
        final AtomicInteger count = new AtomicInteger();
        open(
                (p, request) -> {
                    if (count.getAndIncrement() == 0) {
                        p.write(new UnsafeBuffer(new byte[] {1, 2, 3}), 3);
                    } else {
                        p.done(request.sequence(), 5);
                    }
                },
                new ClientContext().errorHandler(errors::add));
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(50)).update("U"))
                .isInstanceOf(CallTimeoutException.class);
        assertThat(errors).singleElement().asString().contains("cannot be read");
        assertThat(database.update("U").changeCount()).isEqualTo(5);
    }

    @Test
    void shouldLeaveNoLockFileWhenAttachingFails() throws IOException {
        open(DatabaseTest::ignore);
        final ClientContext second =
                new ClientContext().name(ScriptedPeer.NAME).directory(folder).connectTimeout(Duration.ofMillis(300));
        // The peer attaches one client only.
        assertThatThrownBy(() -> Database.open(second))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
        final Path clients = NameServer.open(folder).directory().clients(ScriptedPeer.NAME);
        try (Stream<Path> files = Files.list(clients)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void shouldLetACompletionCallAndCloseWhenItRunsOnThePollingThread() throws Exception {
        open((p, request) -> p.done(request.sequence(), 7), new ClientContext().completionExecutor(Runnable::run));
        final CompletableFuture<Long> nested = database.updateAsync("U").thenApply(result -> {
            final long changeCount = database.update("V").changeCount();
            database.close();
            return changeCount;
        });
        assertThat(nested.get(5, TimeUnit.SECONDS)).isEqualTo(7);
        assertThat(database.isClosed()).isTrue();
    }

    @Test
    void shouldFailWhatWaitsWhenTheBackgroundThreadFails() {
        final AtomicBoolean failing = new AtomicBoolean();
        open(
                DatabaseTest::ignore,
                new ClientContext()
                        .errorHandler(error -> {})
                        .backgroundIdleStrategy(() -> new FailingIdleStrategy(failing)));
        final CompletableFuture<UpdateResult> pending = database.updateAsync("U");
        failing.set(true);
        assertThatThrownBy(() -> pending.get(5, TimeUnit.SECONDS))
                .hasCauseInstanceOf(ClosedException.class)
                .hasMessageContaining("no memory, say");
        assertThatThrownBy(() -> database.update("U")).isInstanceOf(ClosedException.class);
    }

    private static final class FailingIdleStrategy implements IdleStrategy {
        private final AtomicBoolean failing;

        FailingIdleStrategy(AtomicBoolean failing) {
            this.failing = failing;
        }

        @Override
        public void idle(int workCount) {
            idle();
        }

        @Override
        public void idle() {
            if (failing.get()) {
                throw new AssertionError("no memory, say");
            }
            Thread.onSpinWait();
        }

        @Override
        public void reset() {}
    }

    @Test
    void shouldLeaveTheSlotAloneWhenItIsAnothers() throws InterruptedException {
        open((p, request) -> p.done(request.sequence(), 1));
        database.update("U");
        final ClientSlot slot = peer.attachedSlot();
        assertThat(slot.dead() && slot.free() && slot.claim(77)).isTrue();
        // One tick of the background thread may be half way through.
        Thread.sleep(50);
        slot.heartbeatNsRelease(0);
        database.update("U");
        Thread.sleep(50);
        assertThat(slot.heartbeatNsAcquire()).isZero();
        assertThat(slot.replyConsumedBytesAcquire()).isZero();
    }

    /** Not on the thread of the caller that polls, nor on the background thread. */
    @Test
    void shouldRunStagesOnTheCompletionExecutorWhenACancelledCallEnds() throws InterruptedException {
        final AtomicReference<Received> held = new AtomicReference<>();
        open((p, request) -> held.set(request));
        final Cancellation cancellation = new Cancellation();
        final Thread caller = new Thread(() -> assertThatThrownBy(
                        () -> database.cancellable(cancellation).update("U"))
                .isInstanceOf(CancelledException.class));
        caller.start();
        await().until(() -> held.get() != null);
        final CompletableFuture<String> thread = cancellation
                .cancel()
                .thenApply(fates -> fates + " " + Thread.currentThread().getName());
        await().until(() -> !peer.cancels().isEmpty());
        peer.failure(held.get().sequence(), ErrorCode.CANCELLED, 0, "stopped", "");
        assertThat(thread.join()).contains(" cleat-completion-");
        caller.join();
    }

    @Test
    void shouldNotWaitForTheBackgroundThreadWhenAFutureIsJoined() throws Exception {
        open(
                (p, request) -> p.done(request.sequence(), firstLong(request)),
                new ClientContext()
                        .maxOutstanding(4)
                        .backgroundIdleStrategy(() -> new SleepingMillisIdleStrategy(200)));
        final long startNs = System.nanoTime();
        final Deque<CompletableFuture<UpdateResult>> futures = new ArrayDeque<>();
        for (int i = 0; i < 100; i++) {
            futures.add(database.updateAsync("U", i));
        }
        futures.removeFirst();
        for (int i = 1; i < 100; i++) {
            final CompletableFuture<UpdateResult> future = futures.removeFirst();
            assertThat((i % 2 == 0 ? future.join() : future.get(5, TimeUnit.SECONDS)).changeCount())
                    .isEqualTo(i);
            assertThat(database.updateAsync("U", i).get().changeCount()).isEqualTo(i);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void shouldKeepToTheContractOfFuturesWhenAWaitEndsEarly() {
        open(DatabaseTest::ignore);
        final CompletableFuture<UpdateResult> pending = database.updateAsync("U");
        assertThatThrownBy(() -> pending.get(20, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(pending::get).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        pending.cancel(false);
        assertThatThrownBy(pending::join).isInstanceOf(CancellationException.class);
    }

    @Test
    void shouldRollBackOnceWhenABlockFails() {
        open((p, request) -> p.done(request.sequence(), 1));
        assertThatThrownBy(() -> database.inTransaction(transaction -> {
                    transaction.update("U");
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(peer.actions()).containsExactly("BEGIN", "ROLLBACK");
    }

    @Test
    void shouldReadOnWhenTheReplyQueueRolls() {
        open((p, request) -> {
            p.cycle.addAndGet(request.sequence() % 10 == 0 ? 1 : 0);
            p.done(request.sequence(), firstLong(request));
        });
        for (int i = 0; i < 200; i++) {
            assertThat(database.update("U", i).changeCount()).isEqualTo(i);
        }
    }

    @Test
    void shouldKeepTheFlagAndWorkWhenTheThreadIsInterrupted() {
        open((p, request) -> p.done(request.sequence(), 1));
        Thread.currentThread().interrupt();
        try {
            for (int i = 0; i < 20; i++) {
                assertThat(database.update("U").changeCount()).isEqualTo(1);
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            }
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(database.update("U").changeCount()).isEqualTo(1);
    }

    @Test
    void shouldForgetTextsWhenThereAreTooMany() {
        open(
                (p, request) -> {
                    if (request.templateId() == ExecuteDecoder.TEMPLATE_ID) {
                        p.done(request.sequence(), 1);
                    }
                },
                new ClientContext().maxStatements(8));
        for (int i = 0; i < 20; i++) {
            database.update("U" + i);
            database.update("hot");
        }
        // The one in use went once.
        assertThat(peer.received())
                .filteredOn(request -> request.sql().equals("hot"))
                .hasSize(1);
        assertThat(peer.received())
                .filteredOn(request -> request.templateId() == 7)
                .isNotEmpty();
    }

    @Test
    void shouldAllocateNextToNothingWhenAPreparedSelectIsRepeated() {
        open((p, request) -> p.rows(request.sequence(), ONE, ScriptedPeer.row(firstLong(request))));
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long me = Thread.currentThread().getId();
        try (Session session = database.openSession();
                SqlStatement select = session.prepare("SELECT v FROM t WHERE id=?")) {
            run(select, 2_000);
            final long before = threads.getThreadAllocatedBytes(me);
            run(select, 2_000);
            final long bytesPerCall = (threads.getThreadAllocatedBytes(me) - before) / 2_000;
            assertThat(bytesPerCall).isLessThanOrEqualTo(200);
        }
    }

    private static void run(SqlStatement select, int count) {
        for (int i = 0; i < count; i++) {
            try (Rows rows = select.bindLong(1, i).rows()) {
                if (!rows.next() || rows.getLong(0) != i) {
                    throw new AssertionError("row " + i);
                }
            }
        }
    }

    private static byte[] concat(byte[] first, byte[] second) {
        final byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** Sends rows within the credit. On the peer's thread. */
    private static final class Streamed {
        private final ScriptedPeer peer;
        private final long sequence;
        private final byte[] rows;
        private int sentBytes;
        private int chunkIndex;

        Streamed(ScriptedPeer peer, long sequence, byte[] rows) {
            this.peer = peer;
            this.sequence = sequence;
            this.rows = rows;
        }

        void send(int creditBytes) {
            int credit = creditBytes;
            while (credit > 0 && sentBytes < rows.length) {
                final int length = Math.min(Math.min(credit, 99_991), rows.length - sentBytes);
                peer.result(sequence, chunkIndex++, sentBytes + length == rows.length, ONE, rows, sentBytes, length, 0);
                sentBytes += length;
                credit -= length;
            }
        }
    }
}
