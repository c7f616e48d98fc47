// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.Batch;
import io.cleat.Database;
import io.cleat.Rows;
import io.cleat.UpdateResult;
import io.cleat.coordinator.TicksFile.Trade;
import io.cleat.coordinator.sqlite.SharedData;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real day's trades, written by one JVM while two others aggregate them. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class TicksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(150);
    private static final String INSERT = "INSERT INTO trade VALUES(?, ?, ?, ?, ?, ?, ?)";
    private static final String AGGREGATE =
            "SELECT count(*), sum(price * size), min(price), max(price), max(id), sum(suspicious) FROM trade";

    @TempDir
    Path folder;

    @Test
    void shouldShowReadersOnlyWholePrefixesWhenADayOfTradesIsReplayed() throws Exception {
        final Path zip = SharedData.file("ticks/spy_20131008_trade.zip");
        final List<Trade> trades = TicksFile.read(zip);
        // 451,544 line ends, and a last line without one.
        assertThat(trades.size()).isEqualTo(451_545);
        final Place place = Place.in(folder, "ticks");
        try (ChildJvm coordinator = place.serve();
                Database database = place.open()) {
            database.update("CREATE TABLE trade(id INTEGER PRIMARY KEY, ms INTEGER, price INTEGER, size INTEGER,"
                    + " exchange TEXT, condition TEXT, suspicious INTEGER)");
            try (ChildJvm first = place.start(Reader.class, "384m", zip.toString());
                    ChildJvm second = place.start(Reader.class, "384m", zip.toString())) {
                first.awaitLine("READING");
                second.awaitLine("READING");
                try (ChildJvm writer = place.start(Writer.class, "384m", zip.toString())) {
                    writer.awaitLine(PATIENCE, line -> line.equals("WRITTEN 451545"));
                }
                for (ChildJvm reader : List.of(first, second)) {
                    final String[] words = reader.awaitLine(PATIENCE, line -> line.startsWith("READ "))
                            .split(" ");
                    assertThat(Long.parseLong(words[1]))
                            .as("distinct states seen")
                            .isGreaterThan(5);
                    assertThat(reader.awaitExit(PATIENCE)).isZero();
                }
            }
            assertThat(aggregate(database)).isEqualTo(Sums.of(trades, trades.size()));
            assertThat(database.queryLong("SELECT count(DISTINCT exchange || condition) FROM trade"))
                    .isEqualTo(trades.stream()
                            .map(trade -> trade.exchange() + trade.condition())
                            .distinct()
                            .count());
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
        }
    }

    /** What the database says, and what the file says, of the first so many trades. */
    private record Sums(long count, long turnover, long min, long max, long lastId, long suspicious) {
        static Sums of(List<Trade> trades, int count) {
            return prefixes(trades.subList(0, count))[count];
        }

        /** Element n sums the first n trades. */
        static Sums[] prefixes(List<Trade> trades) {
            final Sums[] sums = new Sums[trades.size() + 1];
            sums[0] = new Sums(0, 0, 0, 0, 0, 0);
            for (int i = 0; i < trades.size(); i++) {
                final Sums before = sums[i];
                final Trade trade = trades.get(i);
                sums[i + 1] = new Sums(
                        i + 1L,
                        before.turnover + trade.price() * trade.size(),
                        i == 0 ? trade.price() : Math.min(before.min, trade.price()),
                        Math.max(before.max, trade.price()),
                        i + 1L,
                        before.suspicious + trade.suspicious());
            }
            return sums;
        }
    }

    private static Sums aggregate(Database database) {
        try (Rows rows = database.rows(AGGREGATE)) {
            rows.next();
            return new Sums(
                    rows.getLong(0),
                    rows.getLong(1),
                    rows.getLong(2),
                    rows.getLong(3),
                    rows.getLong(4),
                    rows.getLong(5));
        }
    }

    /** Batches and pipelined single trades in turn, all asynchronous: so they run in the order sent. */
    static final class Writer {
        private static final int IN_FLIGHT = 500;

        private Writer() {}

        public static void main(String[] args) throws Exception {
            final List<Trade> trades = TicksFile.read(Path.of(args[3]));
            final Deque<CompletableFuture<?>> pending = new ArrayDeque<>();
            try (Database database = Place.of(args).open()) {
                for (int i = 0; i < trades.size(); ) {
                    if (i % TicksFile.ROUND_ROWS == 0) {
                        final Batch batch = new Batch();
                        final int end = Math.min(trades.size(), i + TicksFile.BATCH_ROWS);
                        for (; i < end; i++) {
                            batch.add(INSERT, values(i, trades.get(i)));
                        }
                        pending.add(database.batchAsync(batch));
                    } else {
                        final CompletableFuture<UpdateResult> single =
                                database.updateAsync(INSERT, values(i, trades.get(i)));
                        pending.add(single);
                        i++;
                    }
                    while (pending.size() > IN_FLIGHT) {
                        pending.remove().get(60, TimeUnit.SECONDS);
                    }
                }
                for (CompletableFuture<?> future : pending) {
                    future.get(60, TimeUnit.SECONDS);
                }
                System.out.println("WRITTEN " + database.queryLong("SELECT count(*) FROM trade"));
            }
        }

        private static Object[] values(int index, Trade trade) {
            return new Object[] {
                index + 1,
                trade.ms(),
                trade.price(),
                trade.size(),
                trade.exchange(),
                trade.condition(),
                trade.suspicious()
            };
        }
    }

    /** Each state that is seen must be that of a prefix of the file which ends at no half batch, and none shorter than the last. */
    static final class Reader {
        private Reader() {}

        public static void main(String[] args) throws Exception {
            final List<Trade> trades = TicksFile.read(Path.of(args[3]));
            final Sums[] prefixes = Sums.prefixes(trades);
            long states = 0;
            try (Database database = Place.of(args).open()) {
                Sums last = aggregate(database);
                System.out.println("READING");
                while (last.count < trades.size()) {
                    final Sums now = aggregate(database);
                    final long inRound = now.count % TicksFile.ROUND_ROWS;
                    if (now.count < last.count
                            || !now.equals(prefixes[(int) now.count])
                            || (inRound > 0 && inRound < TicksFile.BATCH_ROWS && now.count < trades.size())) {
                        throw new AssertionError("seen " + now + " after " + last + ", want "
                                + prefixes[(int) now.count] + " inRound=" + inRound);
                    }
                    states += now.equals(last) ? 0 : 1;
                    last = now;
                }
            }
            System.out.println("READ " + states);
        }
    }
}
