// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.cleat.ScriptedPeer.Received;
import io.cleat.nameserver.NameServer;
import io.cleat.protocol.ValueReader;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.status.ClientSlot;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The client's side of docs/protocol.md: what it sends, and what it makes of replies. */
@SuppressWarnings("NullAway") // a test that has no value fails
final class DatabaseTest extends ScriptedPeerTest {
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

    /** The background thread rests between its ticks: three rests have a whole tick between them. */
    private static void awaitTicks() {
        final Thread background = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("cleat-client-"))
                .findFirst()
                .orElseThrow();
        final long before = waitedCount(background);
        await().until(() -> waitedCount(background) >= before + 3);
    }

    private static long waitedCount(Thread thread) {
        return ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId()).getWaitedCount();
    }

    @Test
    void shouldLeaveTheSlotAloneWhenItIsAnothers() {
        open((p, request) -> p.done(request.sequence(), 1));
        database.update("U");
        final ClientSlot slot = peer.attachedSlot();
        assertThat(slot.dead() && slot.free() && slot.claim(77)).isTrue();
        // One tick of the background thread may be half way through.
        awaitTicks();
        slot.heartbeatNsRelease(0);
        database.update("U");
        awaitTicks();
        assertThat(slot.heartbeatNsAcquire()).isZero();
        assertThat(slot.replyConsumedBytesAcquire()).isZero();
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
