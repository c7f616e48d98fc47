// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.testing.ChildJvm;
import io.cleat.tools.shell.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a coordinator in a JVM of its own. */
@Timeout(120)
final class ServedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void shouldServeQueryAndStop() {
        try (ChildJvm server = serve()) {
            assertThat(sql("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, data BLOB)")
                            .out())
                    .isEqualTo("0 rows changed\n");
            assertThat(sql("INSERT INTO t(name, data) VALUES (?, ?) RETURNING id", "lämp", "x'00ff'", "-f", "csv")
                            .out())
                    .isEqualTo("id\n1\n");
            assertThat(sql("SELECT * FROM t WHERE id > ?", "-1", "-f", "csv").out())
                    .isEqualTo("id,name,data\n1,lämp,x'00ff'\n");
            assertThat(sql("UPDATE t SET name = ?", "NULL", "-f", "json").out())
                    .isEqualTo("{\"changes\":1,\"lastRowId\":0}\n");
            assertThat(sql("SELECT name FROM t", "-f", "json").out()).isEqualTo("[{\"name\":null}]\n");

            final Outcome names = run("names");
            assertThat(names.out()).contains("shop", "ready", "live", Long.toString(server.pid()), "shop.db");
            assertThat(run("names", "--json").out())
                    .contains("\"name\":\"shop\"", "\"liveness\":\"LIVE\"", "\"pid\":" + server.pid());
            assertThat(run("stat", "shop").out()).contains("shop  ready", "commits", "requests received");
            assertThat(run("stat", "shop", "--json").out()).contains("\"counters\":{", "\"clients\":[");

            final Outcome stop = run("stop", "shop");
            assertThat(stop.code()).isEqualTo(ExitCode.OK);
            assertThat(stop.out()).startsWith("cleat: stopped shop epoch=");
            assertThat(server.awaitExit(PATIENCE)).isEqualTo(ExitCode.OK);
            assertThat(server.output()).hasSize(1);
            assertThat(run("names").out()).startsWith("nothing is registered");
            assertThat(run("stop", "shop").code()).isEqualTo(ExitCode.NOT_REGISTERED);
        }
    }

    @Test
    void shouldShowWhoHasTheWriteTurn() {
        try (ChildJvm server = serve();
                Database database = Database.open(
                        new ClientContext().directory(folder).name("shop").clientName("holder"))) {
            assertThat(server.isAlive()).isTrue();
            database.update("CREATE TABLE t(id INTEGER PRIMARY KEY)");
            database.inTransaction(transaction -> {
                transaction.update("INSERT INTO t VALUES (1)");
                assertThat(statThat("INSERT INTO t"))
                        .contains(
                                "write turn",
                                "holder, pid " + ProcessHandle.current().pid());
                assertThat(run("stat", "shop", "--json").out()).contains("\"turnHolder\":{\"clientId\":");
            });
            assertThat(statThat("write turn   nobody")).contains("commit       2");
        }
    }

    @Test
    void shouldShowAQueryAgainWhenACommitChangesIt() throws Exception {
        try (ChildJvm server = serve()) {
            assertThat(server.isAlive()).isTrue();
            sql("CREATE TABLE t(id INTEGER PRIMARY KEY)");
            final CompletableFuture<Outcome> watching = CompletableFuture.supplyAsync(() -> run(
                    "watch",
                    "shop",
                    "SELECT count(*) AS n FROM t WHERE id > ?",
                    "0",
                    "--format",
                    "json",
                    "--count",
                    "2"));
            while (!watching.isDone()) {
                sql("INSERT INTO t DEFAULT VALUES");
            }
            final Outcome watched = watching.get(PATIENCE.toSeconds(), SECONDS);
            assertThat(watched.code()).isEqualTo(ExitCode.OK);
            assertThat(watched.out().lines().toList()).hasSize(2).allMatch(line -> line.matches("\\[\\{\"n\":\\d+}]"));
            final Outcome wrong = run("watch", "shop", "SELECT * FROM missing");
            assertThat(wrong.code()).isEqualTo(ExitCode.FAILED);
            assertThat(wrong.err()).contains("no such table: missing");
            assertThat(run("watch", "shop", "DELETE FROM t").code()).isEqualTo(ExitCode.USAGE);
        }
    }

    @Test
    void shouldSayInOneLineWhatSqliteRefuses() throws IOException {
        try (ChildJvm server = serve()) {
            assertThat(server.isAlive()).isTrue();
            final Path schema = folder.resolve("schema.sql");
            Files.writeString(schema, "CREATE TABLE t(id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (1);");
            assertThat(run("sql", "shop", "--script", schema.toString()).code()).isEqualTo(ExitCode.OK);
            final Outcome syntax = sql("SELEC");
            assertThat(syntax.code()).isEqualTo(ExitCode.FAILED);
            assertThat(syntax.err()).startsWith("cleat: [SQLITE_ERROR]").contains("syntax error");
            assertThat(syntax.err().lines().count()).isEqualTo(1);
            assertThat(sql("INSERT INTO t VALUES (1)").err()).contains("UNIQUE constraint failed: t.id");
            assertThat(sql("SELECT ?").code()).isEqualTo(ExitCode.FAILED);
            assertThat(sql("SELECT 1; SELECT 2").code()).isNotZero();
            Files.writeString(schema, "INSERT INTO t VALUES (2); INSERT INTO t VALUES (1);");
            assertThat(run("sql", "shop", "--script", schema.toString()).code()).isEqualTo(ExitCode.FAILED);
            assertThat(sql("SELECT count(*) FROM t", "-f", "csv").out()).isEqualTo("count(*)\n1\n");
            assertThat(run("sql", "shop", "--script", folder.resolve("none.sql").toString())
                            .err())
                    .startsWith("cleat: no such file: ");
        }
    }

    @Test
    void shouldNameTheHolderWhenANameIsTaken() {
        try (ChildJvm server = serve();
                ChildJvm second = startServer("shop")) {
            assertThat(second.awaitExit(PATIENCE)).isEqualTo(ExitCode.NAME_IN_USE);
            assertThat(second.output()).hasSize(1);
            assertThat(second.output().get(0)).startsWith("cleat: ").contains("pid=" + server.pid());
            assertThat(sql("SELECT 1", "-f", "csv").out()).isEqualTo("1\n1\n");
        }
    }

    @Test
    void shouldFinishWhatItHasBegunOnSigterm() {
        try (ChildJvm server = serve()) {
            sql("CREATE TABLE t(id INTEGER PRIMARY KEY)");
            sql("INSERT INTO t VALUES (1)");
            server.terminate();
            assertThat(server.awaitExit(PATIENCE)).isEqualTo(143);
            assertThat(run("names").out()).startsWith("nothing is registered");
        }
        try (ChildJvm next = serve()) {
            assertThat(next.isAlive()).isTrue();
            assertThat(sql("SELECT count(*) FROM t", "-f", "csv").out()).isEqualTo("count(*)\n1\n");
        }
    }

    @Test
    void shouldShowQueuesAndCountersWhenTheOwnerIsDead() throws IOException {
        try (ChildJvm server = serve();
                Database database = Database.open(
                        new ClientContext().directory(folder).name("shop").clientName("test"))) {
            database.update("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)");
            database.update("INSERT INTO t(name) VALUES (?)", "first");
            database.update("INSERT INTO t(name) VALUES (?)", "damage-me");
            database.update("INSERT INTO t(name) VALUES (?)", "last");
            database.query("SELECT id, name FROM t ORDER BY id", row -> row.getLong(0));
            server.kill();

            assertThat(run("names").out()).contains("stale");
            final Outcome stat = run("stat", "shop");
            assertThat(stat.out()).contains("but its coordinator is dead", "test", "commits");

            final Outcome requests = run("queue", "shop");
            assertThat(requests.code()).isEqualTo(ExitCode.OK);
            // The text of the INSERT travels once, and is shown with each.
            assertThat(requests.out()).contains("INSERT INTO t(name) VALUES (?)  ['first']", "['last']");
            final List<String> lines = requests.out().lines().toList();
            assertThat(lines).hasSize(5).allMatch(line -> line.contains("Execute client=1 session="));
            assertThat(run("queue", "shop", "--last", "2").out().lines()).isEqualTo(lines.subList(3, 5));
            assertThat(run("queue", "shop", "--client", "2").out()).isEmpty();
            assertThat(run("queue", "shop", "--replies", "1").out())
                    .contains("Result session=", "[id INTEGER, name TEXT] (1, 'first') (2, 'damage-me')");
            assertThat(run("queue", "shop", "--replies", "9").err())
                    .contains("client 9 has no reply queue; those that have one: 1");

            damage(folder.resolve("shop").resolve("requests"), "damage-me");
            final List<String> after = run("queue", "shop").out().lines().toList();
            assertThat(after).hasSize(5);
            assertThat(after.get(2)).contains("! damaged record: ");
            assertThat(after.get(3)).isEqualTo(lines.get(3));
        }
    }

    @Test
    void shouldFollowAQueue() {
        try (ChildJvm server = serve();
                ChildJvm follower =
                        ChildJvm.start(Cleat.class, "queue", "shop", "--follow", "--directory", folder.toString())) {
            assertThat(server.isAlive()).isTrue();
            // Comes and goes, and its queue with it: the follower goes on.
            sql("CREATE TABLE gone(id INTEGER)");
            try (Database database =
                    Database.open(new ClientContext().name("shop").directory(folder))) {
                database.update("CREATE TABLE seen(id INTEGER)");
                follower.awaitLine(PATIENCE, line -> line.contains("CREATE TABLE seen"));
                database.update("INSERT INTO seen VALUES (?)", 7);
                follower.awaitLine(PATIENCE, line -> line.contains("INSERT INTO seen VALUES (?)  [7]"));
            }
        }
    }

    @Test
    void shouldEndAServerWhoseStarterHasGone() {
        try (ChildJvm server = startServer("shop", "--until-input-ends")) {
            server.awaitLine("cleat: serving shop");
            server.endInput();
            assertThat(server.awaitExit(PATIENCE)).isEqualTo(ExitCode.OK);
            assertThat(run("names").out()).startsWith("nothing is registered");
        }
    }

    @Test
    void shouldEndWithItsLastClientWhenToldTo() {
        try (ChildJvm server =
                startServer("shop", "--stop-after-last-client", "200ms", "--no-remote-shutdown", "--debug-log")) {
            server.awaitLine("cleat: serving shop");
            try (Database client =
                    Database.open(new ClientContext().name("shop").directory(folder))) {
                assertThat(client.queryLong("SELECT 1")).isEqualTo(1);
                final Outcome stop = run("stop", "shop");
                assertThat(stop.code()).isNotZero();
                assertThat(stop.err()).contains("allowRemoteShutdown=false");
                assertThat(sql("CREATE TABLE t(a)").out()).isEqualTo("0 rows changed\n");
                assertThat(sql("INSERT INTO t VALUES(7)").out())
                        .startsWith("1 row changed")
                        .contains("1");
                assertThat(server.isAlive()).isTrue();
            }
            assertThat(server.awaitExit(PATIENCE)).isEqualTo(ExitCode.OK);
            assertThat(server.output()).anyMatch(line -> line.startsWith("received Execute"));
        }
    }

    private ChildJvm serve() {
        final ChildJvm server = startServer("shop");
        try {
            assertThat(server.awaitLine("cleat: serving shop "))
                    .contains("epoch=", "pid=" + server.pid(), "database=" + folder.resolve("shop.db"));
            return server;
        } catch (AssertionError e) {
            server.close();
            throw e;
        }
    }

    private ChildJvm startServer(String name, String... more) {
        final List<String> arguments = new ArrayList<>(List.of("serve", name));
        arguments.addAll(List.of("--database", folder.resolve(name + ".db").toString()));
        arguments.addAll(List.of("--directory", folder.toString()));
        arguments.addAll(Arrays.asList(more));
        return ChildJvm.start(Cleat.class, arguments.toArray(String[]::new));
    }

    private Outcome sql(String sql, String... arguments) {
        return run(Stream.concat(Stream.of("sql", "shop", sql), Arrays.stream(arguments))
                .toArray(String[]::new));
    }

    /** What stat says once it contains a text; the coordinator writes it down now and then. */
    private String statThat(String contains) {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        String said = "";
        while (!said.contains(contains) && System.nanoTime() - deadlineNs < 0) {
            said = run("stat", "shop").out();
        }
        assertThat(said).contains(contains);
        return said;
    }

    private Outcome run(String... arguments) {
        return Outcome.of(Stream.concat(Arrays.stream(arguments), Stream.of("--directory", folder.toString()))
                .toArray(String[]::new));
    }

    /** Changes one byte of a text in a queue's files. */
    private static void damage(Path queue, String text) throws IOException {
        try (Stream<Path> files = Files.walk(queue)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".cq4")).toList()) {
                final byte[] bytes = Files.readAllBytes(file);
                final int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
                if (at >= 0) {
                    bytes[at] ^= 1;
                    Files.write(file, bytes, java.nio.file.StandardOpenOption.WRITE);
                    return;
                }
            }
        }
        throw new AssertionError(text + " is in no file of " + queue);
    }
}
