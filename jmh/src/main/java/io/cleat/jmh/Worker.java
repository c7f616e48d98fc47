// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.jmh.WorkerArguments.Side;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The main class of every JVM that the load generator forks. It says {@code ready}, then obeys lines on its standard input:
 *
 * <pre>
 *   go SECONDS   → works, answers: tally …          (workers)
 *   spin, rest   → changes how it waits, answers: ok (a coordinator); listens or not (a crowd)
 *   end of input → closes and exits
 * </pre>
 *
 * So it goes with its parent, however that one dies. Errors go to standard error. Main thread only, but for {@link #complain}.
 */
final class Worker {
    static final String READY = "ready";
    static final String OK = "ok";
    static final String GO = "go ";
    static final String TALLY = "tally ";

    private static final int MAX_COMPLAINTS = 3;

    private Worker() {}

    public static void main(String[] words) throws Exception {
        final WorkerArguments arguments = WorkerArguments.parse(words);
        switch (arguments.role()) {
            case "coordinator" -> CoordinatorWorker.run(arguments);
            case "first-reply" -> firstReply(arguments);
            case "listener" -> ListeningWorker.once(arguments);
            case "crowd" -> ListeningWorker.crowd(arguments);
            default -> work(arguments);
        }
        // What a library left running must not keep the process.
        System.exit(0);
    }

    private static void work(WorkerArguments arguments) throws Exception {
        try (Work work = open(arguments)) {
            System.out.println(READY);
            final BufferedReader commands = input();
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                if (!line.startsWith(GO)) {
                    throw new IllegalArgumentException("unknown command line=" + line);
                }
                System.out.println(TALLY
                        + work.round(Double.parseDouble(line.substring(GO.length())))
                                .encode());
            }
        }
    }

    private static void firstReply(WorkerArguments arguments) throws Exception {
        try (Store store = openStore(arguments)) {
            store.select(1);
            System.out.println(READY);
            waitForEnd(input());
        }
    }

    private static Work open(WorkerArguments arguments) throws Exception {
        if (arguments.role().equals("attach")) {
            return new Attaching(arguments);
        }
        if (arguments.role().startsWith("jdbc-")) {
            return new JdbcOpening(arguments);
        }
        if (arguments.role().equals("notice")) {
            return new Noticing(arguments);
        }
        final Store store = openStore(arguments);
        return switch (arguments.role()) {
            case "select" -> {
                final int rowCount = arguments.rowCount();
                yield new Work.Loop(store, false, number -> {
                    Blackhole.consumed(store.select(1 + scrambled(number) % rowCount), 0);
                    return 1;
                });
            }
            case "insert" ->
                new Work.Loop(store, false, number -> {
                    store.insert(number);
                    return 1;
                });
            case "transaction" ->
                new Work.Loop(store, false, number -> {
                    store.transaction(number);
                    return 1;
                });
            case "pipeline" -> new Pipeline(store, arguments.outstanding());
            case "scan" -> new Work.Loop(store, true, number -> store.scan());
            case "batch" -> {
                final int rowCount = arguments.batchRowCount();
                yield new Work.Loop(store, false, number -> {
                    store.insertBatch(number * rowCount, rowCount);
                    return rowCount;
                });
            }
            default -> throw new IllegalArgumentException("unknown role=" + arguments.role());
        };
    }

    /** Opens the way to the database that the arguments name. */
    static Store openStore(WorkerArguments arguments) throws Exception {
        if (arguments.side() == Side.BASELINE) {
            return JdbcStore.onFile(arguments);
        }
        return arguments.isJdbc() ? JdbcStore.onCoordinator(arguments) : new CleatStore(arguments);
    }

    static BufferedReader input() {
        return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }

    static void waitForEnd(BufferedReader commands) throws IOException {
        @Nullable String line;
        do {
            line = commands.readLine();
        } while (line != null);
    }

    /** Writes the first few errors down, for the parent to show. Any thread. */
    static void complain(Throwable error, long errorCount) {
        if (errorCount <= MAX_COMPLAINTS) {
            System.err.println("error " + errorCount + ": " + error);
        }
    }

    /** A number that looks random, the same on both sides (the finalizer of SplitMix64), never negative. */
    private static long scrambled(long number) {
        long x = number + 0x9E3779B97F4A7C15L;
        x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return (x ^ (x >>> 31)) >>> 1;
    }
}
