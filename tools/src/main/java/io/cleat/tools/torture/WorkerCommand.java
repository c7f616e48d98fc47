// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.tools.child.ChildInput;
import io.cleat.tools.child.ChildProcess;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.FailureReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * A JVM of the torture: works until its input ends, and opens its database anew when that is of no more use. Threading: the main
 * thread works; another one waits for the end of the input.
 */
@Command(name = "torture-worker", hidden = true, description = "Part of the torture: work on the database.")
public final class WorkerCommand implements Callable<Integer> {
    /** It has opened the database. */
    static final String READY = "ready";

    /** How many writes were acknowledged until now. */
    static final String WRITES = "W ";

    private static final long REPORT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** A dead coordinator has a successor within a few seconds. */
    private static final long OPEN_NS = TimeUnit.SECONDS.toNanos(60);

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Parameters(index = "0")
    private WorkerKind kind;

    @Parameters(index = "1")
    private int number;

    @Option(names = "--seed", required = true)
    private long seed;

    @Option(names = "--journals", required = true)
    private Path journals;

    private volatile boolean stopped;

    /** Made by picocli. */
    public WorkerCommand() {}

    @Override
    public Integer call() throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        ChildInput.follow(new CountDownLatch(1), () -> stopped = true);
        final SplittableRandom random = new SplittableRandom(seed + number);
        try (Journal journal = Journal.create(journals, number)) {
            final Attempts attempts = new Attempts(journal);
            final Worker worker = kind.make(random, attempts);
            try {
                run(worker, attempts, random, out);
            } catch (RuntimeException e) {
                journal.violated("worker", "ended with " + FailureReport.describe(e));
                throw e;
            }
            worker.count();
            return ExitCode.OK;
        } catch (RuntimeException e) {
            out.println(ChildProcess.FAILED + FailureReport.describe(e));
            out.flush();
            throw e;
        }
    }

    private void run(Worker worker, Attempts attempts, SplittableRandom random, PrintWriter out) {
        long reportedNs = System.nanoTime();
        @Nullable Database database = null;
        try {
            database = usable(null, worker, attempts);
            out.println(READY);
            out.flush();
            while (!stopped) {
                database = usable(database, worker, attempts);
                if (database == null) {
                    break;
                }
                work(worker, database, attempts);
                // A little room for the others: more JVMs than cores.
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(4_000)));
                if (System.nanoTime() - reportedNs > REPORT_NS) {
                    reportedNs = System.nanoTime();
                    worker.count();
                    out.println(WRITES + attempts.journal().acknowledged());
                    out.flush();
                }
            }
            database = usable(database, worker, attempts);
            if (database != null) {
                settle(worker, database, attempts);
            }
        } finally {
            close(database, attempts);
        }
        out.println(WRITES + attempts.journal().acknowledged());
        out.flush();
    }

    private static void work(Worker worker, Database database, Attempts attempts) {
        try {
            worker.work(database);
        } catch (Exception e) {
            attempts.expect(e);
        }
    }

    private static void settle(Worker worker, Database database, Attempts attempts) {
        try {
            worker.settle(database);
        } catch (Exception e) {
            attempts.journal().violated("worker", "could not look at the end: " + e);
        }
    }

    /** The one there is, or a new one; null when there is none in time. */
    private @Nullable Database usable(@Nullable Database before, Worker worker, Attempts attempts) {
        if (before != null && !before.isClosed()) {
            return before;
        }
        if (before != null) {
            attempts.journal().violated("attached", "the database was lost and is opened anew");
        }
        close(before, attempts);
        final long deadlineNs = System.nanoTime() + OPEN_NS;
        RuntimeException last = null;
        while (System.nanoTime() - deadlineNs < 0) {
            Database database = null;
            try {
                database = Database.open(context(attempts));
                worker.open(database);
                return database;
            } catch (RuntimeException e) {
                last = e;
                close(database, attempts);
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
        attempts.journal().violated("worker", "could not open the database for 60 s: " + last);
        return null;
    }

    private ClientContext context(Attempts attempts) {
        final ClientContext context = new ClientContext()
                .name(Books.NAME)
                .clientName(kind.label() + "-" + number)
                .connectTimeout(Duration.ofSeconds(5))
                // No deadline passes because of deaths and suspensions of a few seconds.
                .requestTimeout(Duration.ofSeconds(60))
                .errorHandler(failure -> attempts.expect(failure));
        final Path directory = options.directory();
        return directory == null ? context : context.directory(directory);
    }

    private static void close(@Nullable Database database, Attempts attempts) {
        if (database != null) {
            try {
                database.close();
            } catch (RuntimeException e) {
                attempts.journal().violated("worker", "close: " + e);
            }
        }
    }
}
