// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cleat.ScriptedPeer.Received;
import io.cleat.protocol.Columns;
import io.cleat.protocol.TableKinds;
import io.cleat.protocol.codec.CloseSessionDecoder;
import io.cleat.protocol.codec.DescribeDecoder;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.protocol.codec.UpdateFlagsEncoder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client asks for its live queries, and when, against a peer that does exactly what each test says. */
@Timeout(30)
@SuppressWarnings("NullAway") // each test opens for itself
final class LiveProtocolTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Columns TABLES = Columns.of(List.of("table", "access"), Collections.nCopies(2, null));
    private static final Columns ONE = Columns.of(List.of("v"), Collections.singletonList("INTEGER"));
    private static final TableKinds T = TableKinds.of("t", TableKinds.INSERT);

    @TempDir
    Path folder;

    private ScriptedPeer peer;
    private Database database;
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger descriptions = new AtomicInteger();
    private final List<Long> values = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        database.close();
        peer.close();
    }

    /** Every query reads table t; the script answers the runs. */
    private void open(BiConsumer<ScriptedPeer, Received> onRun) {
        open(LiveProtocolTest::describe, onRun);
    }

    private static void describe(ScriptedPeer p, Received request) {
        p.rows(request.sequence(), TABLES, ScriptedPeer.row("t", (long) TableKinds.READ));
    }

    private void open(BiConsumer<ScriptedPeer, Received> onDescribe, BiConsumer<ScriptedPeer, Received> onRun) {
        peer = new ScriptedPeer(folder, (p, request) -> {
            if (request.templateId() == DescribeDecoder.TEMPLATE_ID) {
                descriptions.incrementAndGet();
                onDescribe.accept(p, request);
            } else if (request.templateId() == ExecuteDecoder.TEMPLATE_ID) {
                runs.incrementAndGet();
                onRun.accept(p, request);
            }
        });
        database = Database.open(new ClientContext().name(ScriptedPeer.NAME).directory(folder));
    }

    private void answer(ScriptedPeer p, Received request, long commit, long value) {
        p.commitSequence = commit;
        p.rows(request.sequence(), ONE, ScriptedPeer.row(value));
    }

    private LiveSubscription listen() {
        return database.watch("SELECT v FROM t", row -> row.getLong(0)).listen(rows -> values.addAll(rows));
    }

    private static void plain(UpdateFlagsEncoder flags) {}

    @Test
    void shouldRunAgainInsteadOfDeliveringWhenTheResultIsBehind() {
        open((p, request) -> {
            if (runs.get() == 1) {
                p.tableUpdates(p.epoch(), 5, LiveProtocolTest::plain, T);
                answer(p, request, 4, 1);
            } else {
                answer(p, request, 5, 2);
            }
        });
        listen();
        await().atMost(SOON).until(() -> !values.isEmpty());
        assertThat(values).containsExactly(2L);
        assertThat(runs).hasValue(2);
    }

    @Test
    void shouldDeliverOneInAFewWhenResultsAreAlwaysBehind() {
        open((p, request) -> {
            p.tableUpdates(p.epoch(), 10L + runs.get(), LiveProtocolTest::plain, T);
            answer(p, request, 9L + runs.get(), runs.get());
        });
        final LiveSubscription subscription = listen();
        await().atMost(SOON).until(() -> values.size() >= 3);
        subscription.close();
        // A listener that is slow gets the newest only, so some of them may be missing.
        assertThat(List.copyOf(values)).isSorted().doesNotHaveDuplicates().allMatch(value -> value % 4 == 0);
    }

    @Test
    void shouldHaveOneRunInFlightWhenCommitsComeFaster() {
        final List<Received> held = new CopyOnWriteArrayList<>();
        open((p, request) -> {
            if (runs.get() == 1) {
                answer(p, request, 1, 1);
            } else if (runs.get() == 2) {
                held.add(request);
                for (int i = 3; i < 50; i++) {
                    p.tableUpdates(p.epoch(), i, LiveProtocolTest::plain, T);
                }
                // It has seen them all, whatever they said.
                answer(p, request, 50, 2);
            } else {
                answer(p, request, 50, 3);
            }
        });
        listen();
        await().atMost(SOON).until(() -> values.size() == 1);
        // From the script's thread only: so a request makes it.
        updatesBySomebody(2, T);
        await().atMost(SOON).until(() -> values.size() == 2);
        assertThat(values).containsExactly(1L, 2L);
        assertThat(runs).hasValue(2);
        assertThat(held).hasSize(1);
    }

    @Test
    void shouldTakeAnotherSessionWhenTheSnapshotMayStillBeOpen() {
        open((p, request) -> answer(p, request, 1000, runs.get()));
        peer.commitSequence = 1000;
        peer.failedAction = "COMMIT";
        final LiveQuery<List<Long>> one = database.watch("SELECT a FROM t", row -> row.getLong(0));
        final LiveQuery<List<Long>> two = database.watch("SELECT b FROM t", row -> row.getLong(0));
        final List<LiveResults> results = new CopyOnWriteArrayList<>();
        database.watchTogether(one, two).listen(results::add);
        await().atMost(SOON).until(() -> results.size() == 1);
        updatesBySomebody(1000, T);
        await().atMost(SOON).until(() -> results.size() == 2);
        assertThat(peer.received().stream()
                        .filter(request -> request.templateId() == ExecuteDecoder.TEMPLATE_ID)
                        .map(Received::sessionId)
                        .distinct())
                .hasSize(2);
        await().atMost(SOON).until(() -> peer.received().stream()
                .anyMatch(request -> request.templateId() == CloseSessionDecoder.TEMPLATE_ID));
    }

    /** The thread that polls has other things to do: it says that the client lives, and looks whether the coordinator does. */
    @Test
    void shouldNotHoldTheBackgroundThreadWhenARunFindsNoRoom() {
        final List<Integer> actionCounts = new CopyOnWriteArrayList<>();
        open((p, request) -> {
            actionCounts.add(p.actions().size());
            answer(p, request, 1000, runs.get());
        });
        peer.commitSequence = 1000;
        final byte[] large = new byte[150_000];
        final LiveQuery<List<Long>> one = database.watch("SELECT a FROM t WHERE b = ?", row -> row.getLong(0), large);
        final LiveQuery<List<Long>> two = database.watch("SELECT b FROM t WHERE b = ?", row -> row.getLong(0), large);
        final List<LiveResults> results = new CopyOnWriteArrayList<>();
        database.watchTogether(one, two).listen(results::add);
        await().atMost(SOON).until(() -> results.size() == 1);
        peer.taking = false;
        final List<CompletableFuture<UpdateResult>> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            others.add(database.updateAsync("U", (Object) new byte[200_000]));
        }
        updatesBySomebody(1000, T);
        final long untilNs = System.nanoTime() + Duration.ofMillis(500).toNanos();
        await().atMost(Duration.ofSeconds(4)).until(() -> peer.attachedSlot().heartbeatNsAcquire() - untilNs > 0);
        peer.taking = true;
        await().atMost(SOON).until(() -> results.size() == 2);
        assertThat(others).hasSize(20);
        // In the order of the snapshot, though its BEGIN_READ had found room.
        assertThat(actionCounts.subList(0, 2)).containsExactly(1, 1);
        assertThat(actionCounts.subList(actionCounts.size() - 2, actionCounts.size()))
                .containsExactly(3, 3);
        await().atMost(SOON).until(() -> peer.actions().size() == 4);
    }

    /** The writer of the peer may be used while its thread has nothing to do. */
    private void updatesBySomebody(long commit, TableKinds... tables) {
        peer.tableUpdates(peer.epoch(), commit, LiveProtocolTest::plain, tables);
    }

    @Test
    void shouldDescribeAndRunAgainWhenAnythingMayHaveChanged() {
        open((p, request) -> answer(p, request, 1, runs.get()));
        listen();
        await().atMost(SOON).until(() -> values.size() == 1);
        assertThat(descriptions).hasValue(1);
        peer.tableUpdates(peer.epoch(), 1, flags -> flags.aNYTHING(true));
        await().atMost(SOON).until(() -> values.size() == 2);
        assertThat(descriptions).hasValue(2);
        peer.tableUpdates(peer.epoch(), 1, flags -> flags.sCHEMA(true), TableKinds.of("other", 7));
        await().atMost(SOON).until(() -> values.size() == 3);
        assertThat(descriptions).hasValue(3);
    }

    @Test
    void shouldIgnoreUpdatesWhenTheyAreOfAnotherEpoch() {
        open((p, request) -> answer(p, request, 3, runs.get()));
        listen();
        await().atMost(SOON).until(() -> values.size() == 1);
        peer.tableUpdates(peer.epoch() + 1, 2, LiveProtocolTest::plain, T);
        updatesBySomebody(3, T);
        await().atMost(SOON).until(() -> values.size() == 2);
        assertThat(runs).hasValue(2);
    }

    @Test
    void shouldNotDeliverWhenTheRowsAreTheSame() {
        open((p, request) -> answer(p, request, runs.get(), runs.get() < 4 ? 1 : 2));
        listen();
        for (int i = 1; i < 4; i++) {
            final int run = i;
            await().atMost(SOON).until(() -> runs.get() == run);
            updatesBySomebody(i + 1, T);
        }
        await().atMost(SOON).until(() -> values.contains(2L));
        assertThat(values).containsExactly(1L, 2L);
    }

    @Test
    void shouldSendCancelWhenTheLastListenerGoes() {
        final List<Received> held = new CopyOnWriteArrayList<>();
        open((p, request) -> held.add(request));
        final LiveSubscription first = listen();
        final LiveSubscription second = listen();
        await().atMost(SOON).until(() -> held.size() == 1);
        first.close();
        second.close();
        await().atMost(SOON).until(() -> peer.cancels().contains(held.get(0).sequence()));
        assertThat(held).hasSize(1);
    }

    @Test
    void shouldOnlyCompleteWhenClosedWhileARunIsInFlight() {
        final List<CleatException> failures = new CopyOnWriteArrayList<>();
        open((p, request) -> {});
        final LiveSubscription subscription =
                database.watch("SELECT v FROM t", row -> row.getLong(0)).listen(rows -> {}, failures::add);
        await().atMost(SOON).until(() -> runs.get() == 1);
        database.close();
        await().atMost(SOON).until(() -> !subscription.isActive());
        assertThat(failures).isEmpty();
    }

    /** A deadline that has passed says nothing of the next run, and no commit need come before it. */
    @Test
    void shouldRunAgainByItselfWhenARunFailsWithWhatMayPass() {
        final List<CleatException> failures = new CopyOnWriteArrayList<>();
        open((p, request) -> {
            if (runs.get() == 1) {
                p.failure(request.sequence(), ErrorCode.DEADLINE_EXCEEDED, 0, "too late", "");
            } else {
                answer(p, request, 1, 1);
            }
        });
        final long startNs = System.nanoTime();
        database.watch("SELECT v FROM t", row -> row.getLong(0)).listen(values::addAll, failures::add);
        await().atMost(SOON).until(() -> !values.isEmpty());
        assertThat(failures).singleElement().extracting(CleatException::code).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        assertThat(System.nanoTime() - startNs)
                .isGreaterThan(Duration.ofMillis(900).toNanos());
        assertThat(runs).hasValue(2);
        assertThat(descriptions).hasValue(1);
    }

    /** Not told twice, told before the first run, and forgotten when nobody listens. */
    @Test
    void shouldSendTheUnionOfWishesWhenItGrowsAndShrinkItLater() {
        open((p, request) -> answer(p, request, 1, 1));
        final LiveSubscription narrow =
                database.updates(new TableUpdate("t", UpdateKind.INSERT)).listen(event -> {});
        final LiveSubscription same =
                database.updates(new TableUpdate("T", UpdateKind.INSERT)).listen(event -> {});
        assertThat(peer.interests()).containsExactly(List.of(TableKinds.of("t", TableKinds.INSERT)));
        final LiveSubscription wide = database.updates("u").listen(event -> {});
        assertThat(peer.interests()).hasSize(2);
        assertThat(peer.interests().get(1))
                .extracting(TableKinds::key, TableKinds::kinds)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("t", TableKinds.INSERT),
                        org.assertj.core.groups.Tuple.tuple("u", TableKinds.ANY));
        narrow.close();
        same.close();
        wide.close();
        await().atMost(SOON).until(() -> peer.interests().size() == 3);
        assertThat(peer.interests().get(2)).isEmpty();
    }

    /** While nothing is known of the tables, their updates are not told: afterwards anything may have changed. */
    @Test
    void shouldTellThatAnythingChangedWhenADescriptionFailsAndThenSucceeds() {
        final List<TableUpdates> events = new CopyOnWriteArrayList<>();
        open(
                (p, request) -> {
                    if (descriptions.get() == 2) {
                        p.failure(request.sequence(), ErrorCode.DEADLINE_EXCEEDED, 0, "too late", "");
                    } else {
                        describe(p, request);
                    }
                },
                (p, request) -> {});
        database.updatesOfQuery("SELECT v FROM t").listen(events::add);
        peer.tableUpdates(peer.epoch(), 2, flags -> flags.sCHEMA(true), TableKinds.of("other", TableKinds.ANY));
        await().atMost(SOON).until(() -> events.stream().anyMatch(TableUpdates::anything));
        assertThat(descriptions).hasValue(3);
        updatesBySomebody(3, T);
        await().atMost(SOON).until(() -> events.stream().anyMatch(event -> event.touches("t") && !event.anything()));
    }

    /** Dropped and made again: what came into the new table while it was described anew was told to nobody. */
    @Test
    void shouldTellThatAnythingChangedWhenTheTableWasAwayForAMoment() {
        final List<TableUpdates> events = new CopyOnWriteArrayList<>();
        open(
                (p, request) -> {
                    if (descriptions.get() == 2) {
                        p.tableUpdates(p.epoch(), 3, flags -> flags.sCHEMA(true), TableKinds.of("other", 7));
                        p.failure(request.sequence(), ErrorCode.SQL, 1, "no such table: t", "");
                    } else {
                        describe(p, request);
                    }
                },
                (p, request) -> {});
        database.updatesOfQuery("SELECT v FROM t").listen(events::add);
        peer.tableUpdates(peer.epoch(), 2, flags -> flags.sCHEMA(true), TableKinds.of("other", 7));
        await().atMost(SOON).until(() -> events.stream().anyMatch(TableUpdates::anything));
        assertThat(descriptions).hasValue(3);
    }

    @Test
    void shouldTellThatAnythingChangedWhenTheSchemaOfTheTableChanged() {
        final List<TableUpdates> events = new CopyOnWriteArrayList<>();
        open((p, request) -> {});
        database.updatesOfQuery("SELECT v FROM t").listen(events::add);
        peer.tableUpdates(peer.epoch(), 2, flags -> flags.sCHEMA(true), TableKinds.of("t", TableKinds.ANY));
        await().atMost(SOON).until(() -> events.stream().anyMatch(TableUpdates::anything));
        assertThat(descriptions).hasValue(2);
    }

    @Test
    void shouldRunInOneSnapshotWhenWatchedTogether() {
        open((p, request) -> answer(p, request, 7, runs.get()));
        final LiveQuery<List<Long>> one = database.watch("SELECT a FROM t", row -> row.getLong(0));
        final LiveQuery<List<Long>> two = database.watch("SELECT b FROM t", row -> row.getLong(0));
        final List<LiveResults> results = new CopyOnWriteArrayList<>();
        database.watchTogether(one, two).listen(results::add);
        await().atMost(SOON).until(() -> results.size() == 1);
        assertThat(results.get(0).of(one)).containsExactly(1L);
        assertThat(results.get(0).of(two)).containsExactly(2L);
        assertThat(peer.actions()).containsExactly("BEGIN_READ", "COMMIT");
        assertThat(peer.received().stream()
                        .filter(request -> request.templateId() == ExecuteDecoder.TEMPLATE_ID)
                        .map(Received::sessionId)
                        .distinct())
                .hasSize(1);
    }
}
