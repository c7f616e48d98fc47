// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.tools.child.ChildProcess;
import io.cleat.tools.child.ChildProcess.Event;
import io.cleat.tools.child.Folders;
import io.cleat.tools.shell.Durations;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One demo from beginning to end. Whatever happens, its processes are killed and its folders removed: on return, on an
 * exception, on Ctrl-C and on SIGTERM. After a kill -9 of itself its children notice the end of their input.
 *
 * <p>Threading: the main thread; a shutdown hook cleans up.
 */
final class DemoRun implements AutoCloseable {
    private static final long BEGIN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long END_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final String SERVING = "cleat: serving ";

    private final Plan plan;
    private final Screen screen;
    private final Folders folders;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<ChildProcess> children = new CopyOnWriteArrayList<>();
    private final List<Party> writers = new ArrayList<>();
    private final List<String> frame = new ArrayList<>();
    private final Thread hook = new Thread(this::cleanUp, "cleat-demo-clean-up");
    private @Nullable Party coordinator;
    private @Nullable Party reader;
    private @Nullable String failure;
    private volatile boolean closed;

    DemoRun(Plan plan, Screen screen) throws IOException {
        this.plan = plan;
        this.screen = screen;
        this.folders = Folders.make("cleat-demo-", plan.directory());
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Plays it; true when every check was passed. */
    boolean play() throws InterruptedException, IOException, SQLException {
        DemoText.intro(screen, plan, folders);
        begin();
        final long startNs = System.nanoTime();
        final long halfNs = TimeUnit.SECONDS.toNanos(plan.seconds()) / 2;
        pump(startNs + halfNs, () -> failure != null);
        final long[] before = killOne();
        pump(startNs + 2 * halfNs, () -> failure != null);
        end();
        final double elapsedSeconds = (System.nanoTime() - startNs) / 1e9;
        screen.keep();
        if (failure != null) {
            screen.say("");
            screen.say("FAILED  " + failure);
            return false;
        }
        return new DemoSummary(plan, screen, folders, writers, required(reader), before).print(elapsedSeconds);
    }

    private void begin() throws InterruptedException {
        final Party serving = start(
                "coordinator",
                "serve",
                TelemetryTable.DATABASE,
                "--database",
                Plan.database(folders).toString(),
                "--synchronous",
                plan.synchronous(),
                "--until-input-ends");
        coordinator = serving;
        await("the coordinator", () -> serving.isReady());
        screen.tell(String.format(
                "%-12s %8d  serves the file", "coordinator", serving.process().pid()));
        for (int i = 0; i < plan.writers(); i++) {
            final String name = Plan.writerName(i);
            writers.add(start(
                    name,
                    "demo-telemetry",
                    name,
                    "--rate",
                    Integer.toString(plan.rate()),
                    "--acknowledged",
                    Plan.acknowledged(folders, name).toString()));
        }
        final List<String> arguments = new ArrayList<>(List.of("demo-reader", "--frame"));
        arguments.add(screen.redraws() ? "PT0.5S" : plan.seconds() > 10 ? "PT2S" : "PT1S");
        if (!screen.redraws()) {
            arguments.add("--plain");
        }
        final Party reading = start("reader", arguments.toArray(String[]::new));
        reader = reading;
        await("the writers", () -> writers.stream().allMatch(Party::isReady));
        writers.forEach(writer -> screen.tell(String.format(
                "%-12s %8d  writes", writer.name(), writer.process().pid())));
        await("the reader", () -> reading.isReady());
        screen.tell(String.format(
                "%-12s %8d  reads what they wrote:", "reader", reading.process().pid()));
        if (!screen.redraws()) {
            screen.say("        " + SourceView.head());
        } else {
            screen.say("");
        }
        reading.process().send(Lines.GO);
        writers.forEach(writer -> writer.process().send(Lines.GO));
    }

    /** Kills a writer, and returns how far the writers had come then. */
    private long[] killOne() throws InterruptedException, IOException {
        final long[] acknowledged = new long[plan.writers()];
        if (failure != null || plan.victim() < 0) {
            return acknowledged;
        }
        final Party victim = writers.get(plan.victim());
        victim.process().kill();
        screen.tell("kill -9 " + victim.process().pid() + ": " + victim.name()
                + " is dead; the others go on, and nothing that it was told is written may be missing");
        for (int i = 0; i < acknowledged.length; i++) {
            acknowledged[i] = Acknowledged.open(Plan.acknowledged(folders, Plan.writerName(i)))
                    .sequence();
        }
        return acknowledged;
    }

    /** First the writers, then the reader, which reads to the end, then the coordinator. */
    private void end() throws InterruptedException {
        final Party reading = reader;
        final Party serving = coordinator;
        if (failure != null || reading == null || serving == null) {
            return;
        }
        writers.forEach(writer -> writer.process().askToEnd());
        await("the end of the writers", () -> writers.stream().allMatch(Party::isEnded));
        reading.process().askToEnd();
        await("the end of the reader", reading::isEnded);
        serving.process().askToEnd();
        await("the end of the coordinator", serving::isEnded);
        for (Party party : List.of(reading, serving)) {
            expectSuccess(party);
        }
        writers.stream().filter(writer -> !writer.process().isKilled()).forEach(this::expectSuccess);
    }

    private void expectSuccess(Party party) {
        try {
            final int code = party.process().awaitEnd(TimeUnit.NANOSECONDS.toMillis(END_TIMEOUT_NS));
            if (code != 0) {
                fail(party, "ended with exit code " + code);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(party, "was not waited for");
        }
    }

    private Party start(String name, String... arguments) {
        final List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--directory");
        all.add(folders.shared().toString());
        final ChildProcess process = ChildProcess.start(name, folders.disk(), events, List.of(), all);
        children.add(process);
        if (closed) {
            // The shutdown hook has been here already.
            process.destroy();
        }
        return new Party(process);
    }

    private void await(String what, BooleanSupplier condition) throws InterruptedException {
        final long startNs = System.nanoTime();
        pump(startNs + BEGIN_TIMEOUT_NS, () -> failure != null || condition.getAsBoolean());
        if (failure == null && !condition.getAsBoolean()) {
            failure = "waited " + Durations.latency(System.nanoTime() - startNs) + " for " + what;
        }
        if (failure != null && writers.isEmpty()) {
            throw new CleatException(ErrorCode.IO, "the demo cannot begin: " + failure);
        }
    }

    /** Takes what the children say until a time, or until something holds. */
    private void pump(long untilNs, BooleanSupplier enough) throws InterruptedException {
        while (!enough.getAsBoolean()) {
            final long leftNs = untilNs - System.nanoTime();
            final @Nullable Event event = leftNs <= 0 ? null : events.poll(leftNs, TimeUnit.NANOSECONDS);
            if (event == null) {
                return;
            }
            final @Nullable Party party = party(event.child());
            if (party != null) {
                take(party, event);
            }
        }
    }

    private @Nullable Party party(ChildProcess child) {
        for (Party writer : writers) {
            if (writer.process() == child) {
                return writer;
            }
        }
        if (coordinator != null && coordinator.process() == child) {
            return coordinator;
        }
        return reader != null && reader.process() == child ? reader : null;
    }

    private void take(Party party, Event event) throws InterruptedException {
        final String line = event.line();
        if (event.ended()) {
            party.ended(true);
            if (!party.process().isKilled() && party.rowCount() < 0 && party != coordinator) {
                fail(
                        party,
                        "ended before its time, exit code " + party.process().awaitEnd(1_000));
            }
        } else if (line.equals(Lines.READY) || line.startsWith(SERVING)) {
            party.ready(true);
        } else if (line.startsWith(Lines.SHOW)) {
            frame.add(line.substring(Lines.SHOW.length()));
        } else if (line.equals(Lines.SHOWN)) {
            screen.show(List.copyOf(frame));
            frame.clear();
        } else if (line.startsWith(Lines.LATENCIES)) {
            party.receive(line.substring(Lines.LATENCIES.length()));
        } else if (line.startsWith(Lines.ACCOUNT)) {
            party.account(line.substring(Lines.ACCOUNT.length()));
        } else if (line.startsWith(Lines.FAILED) && !party.process().isKilled()) {
            fail(party, line.substring(Lines.FAILED.length()));
        }
    }

    private void fail(Party party, String how) {
        if (failure == null) {
            failure = party.name() + " " + how;
            party.process().errorLines().forEach(line -> screen.say("    " + line));
        }
    }

    private static Party required(@Nullable Party party) {
        if (party == null) {
            throw new IllegalStateException("it was not started");
        }
        return party;
    }

    /** Kills what still runs and removes the folders. Idempotent. */
    @Override
    public void close() {
        cleanUp();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook runs or has run.
        }
    }

    private synchronized void cleanUp() {
        closed = true;
        children.forEach(ChildProcess::destroy);
        if (Files.exists(folders.disk()) || (folders.sharedIsOurs() && Files.exists(folders.shared()))) {
            folders.delete();
        }
    }
}
