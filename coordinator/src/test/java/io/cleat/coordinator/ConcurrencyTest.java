// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.Database;
import io.cleat.UpdateResult;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many JVMs and threads at once. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ConcurrencyTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int JVMS = 4;
    private static final int THREADS = 2;
    private static final int ROUNDS = 300;
    private static final int ACCOUNTS = 10;

    @TempDir
    Path folder;

    @Test
    void shouldKeepTheSumWhenFourJvmsTransferBesideOtherWrites() throws Exception {
        final Place place = Place.in(folder, "bank");
        final List<ChildJvm> clients = new ArrayList<>();
        try (ChildJvm coordinator = place.serve();
                Database database = place.open()) {
            database.script("CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);"
                    + "CREATE TABLE journal(jvm, thread, round, PRIMARY KEY(jvm, thread, round)) WITHOUT ROWID");
            database.batch(batch -> {
                for (int i = 0; i < ACCOUNTS; i++) {
                    batch.add("INSERT INTO account VALUES(?, 1000)", i);
                }
            });
            for (int i = 0; i < JVMS; i++) {
                clients.add(place.start(Transfers.class, "128m", Integer.toString(i)));
            }
            for (ChildJvm client : clients) {
                client.awaitLine(PATIENCE, line -> line.equals("DONE"));
                assertThat(client.awaitExit(PATIENCE)).isZero();
            }
            assertThat(database.queryLong("SELECT sum(balance) FROM account")).isEqualTo(1000L * ACCOUNTS);
            assertThat(database.queryLong("SELECT count(*) FROM account WHERE balance <> 1000"))
                    .isPositive();
            assertThat(database.queryLong("SELECT count(*) FROM journal")).isEqualTo(JVMS * THREADS * ROUNDS);
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
        } finally {
            clients.forEach(ChildJvm::close);
        }
    }

    /** Each thread moves money in a transaction, then notes it in a write of its own, and looks at the sum. */
    static final class Transfers {
        private Transfers() {}

        public static void main(String[] args) throws Exception {
            final int jvm = Integer.parseInt(args[3]);
            try (Database database = Place.of(args).open()) {
                final List<CompletableFuture<Void>> threads = new ArrayList<>();
                for (int thread = 0; thread < THREADS; thread++) {
                    final int number = thread;
                    final CompletableFuture<Void> done = new CompletableFuture<>();
                    threads.add(done);
                    new Thread(() -> {
                                try {
                                    run(database, jvm, number);
                                    done.complete(null);
                                } catch (RuntimeException | Error e) {
                                    done.completeExceptionally(e);
                                }
                            })
                            .start();
                }
                for (CompletableFuture<Void> thread : threads) {
                    thread.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                }
            }
            System.out.println("DONE");
        }

        private static void run(Database database, int jvm, int thread) {
            final Random random = new Random(jvm * 10L + thread);
            for (int round = 0; round < ROUNDS; round++) {
                final int from = random.nextInt(ACCOUNTS);
                final int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
                database.inTransaction(transaction -> {
                    // Read, compute here, write: wrong when another could write in between.
                    final long a = transaction.queryLong("SELECT balance FROM account WHERE id = ?", from);
                    final long b = transaction.queryLong("SELECT balance FROM account WHERE id = ?", to);
                    transaction.update("UPDATE account SET balance = ? WHERE id = ?", a - 1, from);
                    transaction.update("UPDATE account SET balance = ? WHERE id = ?", b + 1, to);
                });
                database.update("INSERT INTO journal VALUES(?, ?, ?)", jvm, thread, round);
                final long sum = database.queryLong("SELECT sum(balance) FROM account");
                if (sum != 1000L * ACCOUNTS) {
                    throw new AssertionError("sum=" + sum + " jvm=" + jvm + " round=" + round);
                }
            }
        }
    }

    @Test
    void shouldRunInTheOrderSentWhenCallsArePipelined() throws Exception {
        final Place place = Place.in(folder, "order");
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
            final List<CompletableFuture<UpdateResult>> writes = new ArrayList<>();
            final List<CompletableFuture<List<Long>>> reads = new ArrayList<>();
            for (int i = 1; i <= 3_000; i++) {
                writes.add(database.updateAsync("INSERT INTO t(v) VALUES(?)", i));
                if (i % 100 == 0) {
                    reads.add(database.queryAsync("SELECT max(v) FROM t", row -> row.getLong(0)));
                }
            }
            long sequence = 0;
            for (int i = 0; i < writes.size(); i++) {
                final UpdateResult result = writes.get(i).get(60, TimeUnit.SECONDS);
                assertThat(result.lastRowId()).isEqualTo(i + 1);
                assertThat(result.commitSequence()).isGreaterThanOrEqualTo(sequence);
                sequence = result.commitSequence();
            }
            for (int i = 0; i < reads.size(); i++) {
                assertThat(reads.get(i).get(60, TimeUnit.SECONDS)).containsExactly(100L * (i + 1));
            }
            assertThat(database.queryLong("SELECT count(*) FROM t WHERE id = v"))
                    .isEqualTo(3_000);
        }
    }

    @Test
    void shouldEndAnIdleTransactionWhenSomebodyWaits() throws Exception {
        final Place place = Place.in(folder, "idle");
        try (ChildJvm coordinator = place.serve("leaseMs=3000");
                ChildJvm holder = place.attach();
                ChildJvm hasty = place.attach();
                Database database = place.open()) {
            database.update("CREATE TABLE t(a)");
            CommandMain.tell(holder, "begin", "INSERT INTO t VALUES(1)");
            // Reads go on meanwhile, and do not see it.
            assertThat(database.queryLong("SELECT count(*) FROM t")).isZero();
            final long startNs = System.nanoTime();
            assertThat(deadlineExceeded(hasty)).contains("held by").contains("pid=" + holder.pid());
            assertThat(database.update("INSERT INTO t VALUES(2)").changeCount()).isEqualTo(1);
            assertThat(System.nanoTime() - startNs).isLessThan(20_000_000_000L);
            holder.send("INSERT INTO t VALUES(3)");
            assertThat(holder.awaitLine("ERR"))
                    .contains("TRANSACTION_ENDED")
                    .contains("idle")
                    .contains("leaseMs=3000");
            holder.send("commit");
            assertThat(holder.awaitLine("ERR")).contains("TRANSACTION_ENDED");
            CommandMain.tell(holder, "rollback", "INSERT INTO t VALUES(4)");
            assertThat(database.query("SELECT a FROM t ORDER BY a", row -> row.getLong(0)))
                    .containsExactly(2L, 4L);
            assertThat(coordinator.output()).noneMatch(line -> line.startsWith("ERROR"));
        }
    }

    /** On a busy machine the client's own word, which knows less, may come before the coordinator's. */
    private static String deadlineExceeded(ChildJvm client) {
        String answer = "";
        for (int i = 0; i < 8 && !answer.startsWith("CallTimeoutException DEADLINE_EXCEEDED NOT_APPLIED"); i++) {
            client.send("slow 150 INSERT INTO t VALUES(9) RETURNING a");
            answer = client.awaitLine("ERR");
        }
        assertThat(answer).startsWith("CallTimeoutException DEADLINE_EXCEEDED NOT_APPLIED");
        return answer;
    }

    @Test
    void shouldKeepAnIdleTransactionWhenNobodyWaits() throws Exception {
        final Place place = Place.in(folder, "alone");
        try (Coordinator coordinator =
                        Coordinator.launch(place.coordinator().transactionLeaseNs(TimeUnit.MILLISECONDS.toNanos(50)));
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            database.update("CREATE TABLE t(a)");
            database.inTransaction(transaction -> {
                transaction.update("INSERT INTO t VALUES(1)");
                // Idle for ten leases, in which others read.
                final long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500);
                while (System.nanoTime() - endNs < 0) {
                    assertThat(CompletableFuture.supplyAsync(() -> database.queryLong("SELECT count(*) FROM t"))
                                    .join())
                            .isZero();
                }
                transaction.update("INSERT INTO t VALUES(2)");
            });
            assertThat(database.queryLong("SELECT count(*) FROM t")).isEqualTo(2);
        }
    }
}
