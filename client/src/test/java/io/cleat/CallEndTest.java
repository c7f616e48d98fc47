// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.ScriptedPeer.Received;
import io.cleat.status.ClientSlotState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The client's side of docs/protocol.md: how calls end that get no answer, or a late one. */
@SuppressWarnings("NullAway") // a test that has no value fails
final class CallEndTest extends ScriptedPeerTest {
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
    void shouldSayLostWhenTheCoordinatorDiesAndNoOtherIsWaitedFor() {
        open(
                DatabaseTest::ignore,
                new ClientContext().livenessTimeout(Duration.ofMillis(100)).reattachTimeout(Duration.ZERO));
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
        // It has filled the window, and waits for room.
        await().until(() -> other.getState() == Thread.State.TIMED_WAITING
                && Stream.of(other.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals("io.cleat.client.RequestProxy")));
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
}
