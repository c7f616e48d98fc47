// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.tools.child.ChildProcess;
import io.cleat.tools.child.ChildProcess.Event;
import io.cleat.tools.child.Folders;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One torture from beginning to end. Its processes are killed whatever happens: on return, on an exception, on Ctrl-C and on SIGTERM;
 * after a kill -9 of itself they notice the end of their input. Threading: the main thread; a shutdown hook cleans up.
 */
final class TortureRun implements AutoCloseable {
    private static final long BEGIN_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long END_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long PROGRESS_NS = TimeUnit.SECONDS.toNanos(10);

    /** From so long a torture on, who was never killed must have been looked at more than once. */
    private static final int GROWTH_SECONDS = 30;

    private static final String SERVING = "cleat: serving ";

    private final TorturePlan plan;
    private final TortureReport report;
    private final Folders folders;
    private final Path database;
    private final Crew crew;
    private final Tally tally;
    private final Growth growth = new Growth();
    private final Thread hook = new Thread(this::cleanUp, "cleat-torture-clean-up");
    private boolean finishing;
    private boolean keep = true;
    private long epoch;

    TortureRun(TorturePlan plan, PrintWriter out) throws IOException {
        this.plan = plan;
        this.folders = Folders.make("cleat-torture-", plan.directory());
        final Path wanted = plan.database();
        this.database = wanted == null ? folders.disk().resolve("torture.db") : wanted.toAbsolutePath();
        this.report = new TortureReport(plan, out);
        this.crew = new Crew(plan, folders.shared(), folders.disk(), database);
        this.tally = new Tally(folders.disk());
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Runs it; true when every check was passed. */
    boolean play() throws InterruptedException, IOException, SQLException {
        report.begin(folders, database);
        Books.create(database);
        final long startNs = System.nanoTime();
        begin();
        torture();
        end();
        final double elapsedSeconds = (System.nanoTime() - startNs) / 1e9;
        final List<Check> checks = new ArrayList<>(List.of(tally.check()));
        checks.addAll(new Verifier(database, folders.disk(), crew.workerCount(), kinds()).run());
        checks.add(Leftovers.check(folders.shared(), crew.all()));
        growth.check(checks, crew.all().stream().filter(Member::isSpared).toList(), plan.seconds() >= GROWTH_SECONDS);
        final boolean passed = checks.stream().allMatch(Check::passed);
        keep = plan.keep() || !passed;
        report.end(checks, tally, crew, epoch, elapsedSeconds, keep ? folders : null);
        return passed;
    }

    private Set<WorkerKind> kinds() {
        return plan.crew().entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private void begin() throws InterruptedException {
        crew.startCoordinator();
        pump(System.nanoTime() + BEGIN_NS, () -> epoch > 0);
        new TreeMap<>(plan.crew()).forEach((kind, count) -> {
            for (int i = 0; i < count; i++) {
                crew.startWorker(kind, i == 0 && kind.hasSurvivor());
            }
        });
        pump(System.nanoTime() + BEGIN_NS, () -> crew.workers().stream().allMatch(Member::isReady));
        crew.workers().stream()
                .filter(member -> !member.isReady())
                .forEach(member -> tally.problem(member.name() + " did not get ready within 60 s"));
    }

    private void torture() throws InterruptedException {
        final Chaos chaos = new Chaos(new Schedule(plan.seed()), crew, tally);
        final long startNs = System.nanoTime();
        final long endNs = startNs + TimeUnit.SECONDS.toNanos(plan.seconds());
        // A third of the time is for warming up.
        final long sampleNs = startNs + TimeUnit.SECONDS.toNanos(plan.seconds()) / 3;
        long progressNs = startNs + PROGRESS_NS;
        long sampledNs = startNs;
        while (System.nanoTime() - endNs < 0) {
            final long dueNs = Math.min(Math.min(chaos.dueNs(), endNs), progressNs);
            pump(dueNs, () -> false);
            chaos.act();
            final long nowNs = System.nanoTime();
            if (nowNs - sampleNs >= 0 && nowNs - sampledNs > TimeUnit.SECONDS.toNanos(1)) {
                growth.sample(crew.present());
                sampledNs = nowNs;
            }
            if (nowNs - progressNs >= 0) {
                report.progress((nowNs - startNs) / 1e9, tally, crew, epoch);
                progressNs += PROGRESS_NS;
            }
        }
        chaos.end();
        tally.note("the torture ends");
    }

    /** First those who write, then those who listen, then the coordinator. */
    private void end() throws InterruptedException {
        final List<Member> writers = crew.workers().stream()
                .filter(member -> member.kind() != WorkerKind.LISTENER)
                .toList();
        final List<Member> listeners = crew.workers().stream()
                .filter(member -> member.kind() == WorkerKind.LISTENER)
                .toList();
        growth.sample(crew.present());
        end(writers);
        end(listeners);
        finishing = true;
        end(crew.coordinator().stream().toList());
        for (Member member : crew.present()) {
            tally.problem(member.name() + " is still there and is killed");
            member.process().kill();
        }
    }

    private void end(List<Member> members) throws InterruptedException {
        members.forEach(member -> member.process().askToEnd());
        pump(System.nanoTime() + END_NS, () -> members.stream().allMatch(Member::isEnded));
        for (Member member : members) {
            if (!member.isEnded()) {
                tally.problem(member.name() + " pid=" + member.process().pid() + " did not end within "
                        + END_NS / 1_000_000_000 + " s");
                ThreadDump.take(member, folders.disk());
            }
        }
    }

    /** Takes what the processes say until a time, or until something holds. */
    private void pump(long untilNs, BooleanSupplier enough) throws InterruptedException {
        while (!enough.getAsBoolean()) {
            final long leftNs = untilNs - System.nanoTime();
            final @Nullable Event event = leftNs <= 0 ? null : crew.events().poll(leftNs, TimeUnit.NANOSECONDS);
            if (event == null) {
                return;
            }
            final @Nullable Member member = crew.of(event.child());
            if (member != null && event.ended()) {
                ended(member);
            } else if (member != null) {
                said(member, event.line());
            }
        }
    }

    private void said(Member member, String line) {
        if (line.startsWith(SERVING)) {
            epoch = Long.parseLong(line.replaceFirst(".* epoch=(\\d+) .*", "$1"));
            tally.note(line);
            member.ready();
        } else if (line.equals(WorkerCommand.READY)) {
            member.ready();
        } else if (line.startsWith(WorkerCommand.WRITES)) {
            member.writes(Long.parseLong(line.substring(WorkerCommand.WRITES.length())));
        } else if (line.startsWith(ChildProcess.FAILED) && !member.process().isKilled()) {
            tally.problem(member.name() + ": " + line.substring(ChildProcess.FAILED.length()));
        }
    }

    /** Somebody has gone: another one takes the place of who was killed. */
    private void ended(Member member) throws InterruptedException {
        member.end();
        final boolean killed = member.process().isKilled();
        if (!killed) {
            final int code = member.process().awaitEnd(10_000);
            if (code != 0) {
                tally.problem(member.name() + " ended by itself, exit code " + code + ": "
                        + String.join(" | ", member.process().errorLines()));
            }
        }
        final @Nullable WorkerKind kind = member.kind();
        if (finishing) {
            return;
        }
        if (kind == null) {
            crew.startCoordinator();
        } else if (killed) {
            crew.startWorker(kind, false);
        }
    }

    /** Kills what still runs and removes the folders, unless they are evidence. Idempotent. */
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
        crew.destroy();
        if (!keep && Files.exists(folders.disk())) {
            folders.delete();
        }
    }
}
