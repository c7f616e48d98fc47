// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import io.cleat.nameserver.CleatDirectory;
import io.cleat.status.ClientSlotState;
import io.cleat.status.CoordinatorState;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client's side of "Attaching anew" in docs/outcome.md: what it tells the next coordinator, and what it does not. */
@SuppressWarnings("NullAway") // a test that has no value fails
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class ReattachProtocolTest extends ScriptedPeerTest {
    private final List<String> sent = new CopyOnWriteArrayList<>();

    private ClientContext quick() {
        return new ClientContext().livenessTimeout(Duration.ofMillis(100)).debugLog(sent::add);
    }

    @Test
    void shouldSayWhatItRefersToAndWhatIsLostBeforeTheRequests() throws Exception {
        open((p, request) -> p.done(request.sequence(), 1), quick());
        final long clientId = database.clientId();
        final Session lost = database.openSession();
        final Session clean = database.openSession();
        database.update("U"); // 1
        lost.begin(); // 2
        clean.begin(); // 3
        clean.rollback(); // 4
        peer.stopTaking();
        final CompletableFuture<UpdateResult> known = database.updateAsync("U"); // 5
        final CompletableFuture<UpdateResult> text = database.updateAsync("V"); // 6
        final CompletableFuture<Long> commit = CompletableFuture.supplyAsync(lost::commit);
        awaitSent("COMMIT");
        final CompletableFuture<UpdateResult> last = database.updateAsync("V"); // 8
        next((p, request) -> p.done(request.sequence(), 7));
        for (CompletableFuture<UpdateResult> each : List.of(known, text, last)) {
            assertThat(each.get(20, TimeUnit.SECONDS).changeCount()).isEqualTo(7);
        }
        commit.get(20, TimeUnit.SECONDS);
        assertThat(database.clientId()).isEqualTo(clientId);
        assertThat(peer.attachedSlot().clientId()).isEqualTo(clientId);
        assertThat(peer.attachedSlot().resumeSequence()).isEqualTo(9);
        assertThat(peer.heard())
                .map(line -> line.replaceAll(" client=\\d+| session=\\d+", ""))
                .containsExactly(
                        "KeepStatement statement=1  U",
                        "KeepStatement statement=2  V",
                        "SessionLost commitSequence=7",
                        "Execute sequence=5 statement=1 LAST_ROW_ID  U",
                        "Execute sequence=6 statement=2 LAST_ROW_ID  V",
                        "TransactionControl sequence=7  COMMIT",
                        "Execute sequence=8 statement=2 LAST_ROW_ID  V");
        // A text that it was not told is sent again; one that it was told is not.
        database.update("U");
        assertThat(peer.received().get(peer.received().size() - 1).sql()).isEmpty();
        next((p, request) -> p.done(request.sequence(), 8));
        await().atMost(Duration.ofSeconds(20)).until(() -> database.epoch() == peer.epoch());
        assertThat(database.update("U").changeCount()).isEqualTo(8);
        assertThat(peer.received()).extracting(ScriptedPeer.Received::sql).containsExactly("U");
        lost.close();
        clean.close();
    }

    private void awaitSent(String what) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> sent.stream().anyMatch(line -> line.startsWith("sent ") && line.contains(what)));
    }

    @Test
    void shouldCancelAgainWhatIsToBeGivenUp() throws Exception {
        open((p, request) -> p.done(request.sequence(), 1), quick());
        database.update("U");
        peer.stopTaking();
        final CompletableFuture<UpdateResult> cancelled = database.updateAsync("U");
        assertThat(cancelled.cancel(true)).isTrue();
        next(ScriptedPeerTest::ignore);
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(peer.cancels())
                .as("heard %s, sent %s", peer.heard(), sent)
                .containsExactly(2L));
        assertThat(peer.heard().get(1)).startsWith("Execute").contains("sequence=2");
    }

    @Test
    void shouldNotSendAgainWhatNobodyWaitsForOrWasMeantForTheOther() throws Exception {
        open((p, request) -> p.done(request.sequence(), 1), quick());
        peer.stopTaking();
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(50)).update("LATE"))
                .isInstanceOf(CallTimeoutException.class);
        final CompletableFuture<Void> stop = CompletableFuture.runAsync(database::shutdownCoordinator);
        awaitSent("Shutdown");
        next((p, request) -> p.done(request.sequence(), 1));
        assertThatThrownBy(() -> stop.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(CoordinatorLostException.class);
        assertThat(database.update("NOW").changeCount()).isEqualTo(1);
        assertThat(peer.heard()).hasSize(1).first().asString().contains("NOW");
    }

    @Test
    void shouldSayGoodbyeAndGoOnWithTheNextWhenTheCoordinatorGoesForAnother() throws Exception {
        open((p, request) -> p.closing("upgrade", true), quick());
        final CompletableFuture<UpdateResult> waiting = database.updateAsync("U");
        await().until(() -> peer.attachedSlotState() == ClientSlotState.DETACHING);
        assertThat(database.isOpen()).isTrue();
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(50)).update("U"))
                .isInstanceOf(CoordinatorLostException.class)
                .hasMessageContaining("upgrade")
                .asInstanceOf(type(RequestException.class))
                .extracting(RequestException::outcome)
                .isEqualTo(Outcome.NOT_APPLIED);
        next((p, request) -> p.done(request.sequence(), 9));
        assertThat(waiting.get(20, TimeUnit.SECONDS).changeCount()).isEqualTo(9);
    }

    @Test
    void shouldSayUnknownWhenTheNextOneStopsToo() throws Exception {
        open((p, request) -> p.done(request.sequence(), 1), quick());
        database.update("U");
        peer.stopTaking();
        final CompletableFuture<UpdateResult> write = database.updateAsync("INSERT INTO t VALUES(1)");
        next((p, request) -> p.closing("stopped", false));
        assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS))
                .cause()
                .asInstanceOf(type(ClosedException.class))
                .as("the former one may have applied it")
                .extracting(RequestException::outcome)
                .isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void shouldGoOnWithTheNextWhenTheWordOfItIsActedUponLate() throws Exception {
        final CountDownLatch blocked = new CountDownLatch(1);
        final CountDownLatch late = new CountDownLatch(1);
        open(
                (p, request) -> {
                    if (request.sql().equals("B")) {
                        // Both are read before anything is done about them.
                        p.done(1, 1);
                        p.closing("upgrade", true);
                        p.status.header().stateRelease(CoordinatorState.CLOSED);
                        p.beating = false;
                    }
                },
                quick().completionExecutor(Runnable::run));
        final CompletableFuture<Void> slow = database.updateAsync("A").thenRun(() -> {
            blocked.countDown();
            awaitUninterruptibly(late);
        });
        final CompletableFuture<UpdateResult> caller = CompletableFuture.supplyAsync(() -> database.update("B"));
        blocked.await();
        next((p, request) -> p.done(request.sequence(), 5));
        await().atMost(Duration.ofSeconds(20)).until(() -> !database.isOpen() || database.epoch() == peer.epoch());
        assertThat(database.isOpen()).isTrue();
        late.countDown();
        slow.get(20, TimeUnit.SECONDS);
        assertThat(caller.get(20, TimeUnit.SECONDS).changeCount()).isEqualTo(5);
        assertThat(database.withTimeout(Duration.ofSeconds(5)).update("U").changeCount())
                .as("the next one is not condemned")
                .isEqualTo(5);
    }

    @Test
    void shouldGoOnWithTheNextWhenTheWordOfItIsLost() throws Exception {
        open(
                (p, request) -> {
                    // Its Closing could not be written.
                    p.status.header().stateRelease(CoordinatorState.HANDED_OVER);
                    p.beating = false;
                },
                quick());
        final CompletableFuture<UpdateResult> waiting = database.updateAsync("U");
        await().atMost(Duration.ofSeconds(20)).until(() -> !peer.received().isEmpty());
        peer.die();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !database.isOpen() || peer.attachedSlotState() == ClientSlotState.DETACHING || isLost());
        assertThat(database.isOpen()).isTrue();
        next((p, request) -> p.done(request.sequence(), 5));
        assertThat(waiting.get(20, TimeUnit.SECONDS).changeCount()).isEqualTo(5);
    }

    /** A call says it. */
    private boolean isLost() {
        try {
            database.withTimeout(Duration.ofMillis(50)).update("L");
            return false;
        } catch (CoordinatorLostException e) {
            return true;
        } catch (CallTimeoutException | ClosedException e) {
            return false;
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldNotSpinWhenAnInterruptedCallerWaitsForACoordinator() {
        open((p, request) -> p.done(request.sequence(), 1), quick());
        database.update("U");
        peer.die();
        assertThatThrownBy(() -> database.withTimeout(Duration.ofMillis(500)).update("U"))
                .isInstanceOf(CoordinatorLostException.class);
        final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        final long beforeNs = threads.getCurrentThreadCpuTime();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> database.withTimeout(Duration.ofSeconds(2)).update("U"))
                .isInstanceOf(CoordinatorLostException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(TimeUnit.NANOSECONDS.toMillis(threads.getCurrentThreadCpuTime() - beforeNs))
                .as("milliseconds of work in 2 s of waiting")
                .isLessThan(500);
    }

    @Test
    void shouldRollBackWhenTheCommitMayHaveBeenApplied() {
        open((p, request) -> p.done(request.sequence(), 1));
        try (Session session = database.openSession()) {
            session.begin();
            session.update("U");
            peer.failedAction = "ROLLBACK";
            peer.failedCode = ErrorCode.MISUSE;
            assertThatThrownBy(session::rollback).hasMessageContaining("idle");
            peer.failedAction = "COMMIT";
            peer.failedCode = ErrorCode.DAMAGED;
            peer.failedOutcome = io.cleat.protocol.codec.Outcome.UNKNOWN;
            assertThatThrownBy(session::commit).isInstanceOf(RequestException.class);
            assertThatThrownBy(() -> session.update("U"))
                    .as("it might be run by itself")
                    .hasMessageContaining("COMMIT");
            peer.failedAction = "ROLLBACK";
            peer.failedCode = ErrorCode.MISUSE;
            session.rollback();
            assertThat(session.isInTransaction()).isFalse();
            assertThat(session.update("U").changeCount()).isEqualTo(1);
        }
    }

    /** The coordinator is gone, and there is another, in the same place. */
    private void next(BiConsumer<ScriptedPeer, ScriptedPeer.Received> script) throws IOException {
        peer.close();
        final CleatDirectory files = CleatDirectory.resolve(folder);
        delete(files.requests(ScriptedPeer.NAME));
        delete(files.replies(ScriptedPeer.NAME));
        peer = new ScriptedPeer(folder, script);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
