// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.coordinator.sqlite.Synchronous;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.DurationConverter;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.FailureReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Owns a database until it is told to stop. Threading: the main thread waits; the coordinator has threads of its own. */
@Command(
        name = "serve",
        description = {
            "Own a database and serve it under a name until told to stop.",
            "",
            "Prints one line when it is ready. Ends, after finishing what it has begun, by 'cleat stop NAME' (exit code 0),"
                    + " SIGTERM (143) or Ctrl-C (130); with its last client, if it is told to (0)."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cleat serve shop --database /var/lib/shop/shop.db",
            "  cleat serve ticks --database ticks.db --synchronous NORMAL --idle spin",
            "  cleat serve scratch --database :memory:",
            "  cleat serve job --database job.db --stop-after-last-client 10s",
            "",
            "FULL (the default): a commit that was answered survives a loss of power. NORMAL: it survives the death of",
            "every process, and a loss of power may take the last commits. A database in memory goes with the coordinator."
        })
final class ServeCommand implements Callable<Integer> {
    private static final long WAIT_NS = TimeUnit.HOURS.toNanos(1);
    private static final long INPUT_POLL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    /** How a coordinator waits for work. */
    enum Idle {
        /** One core is always busy; the shortest latency. */
        spin,
        /** Sleeps up to 1 ms when nothing comes. */
        backoff
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Parameters(paramLabel = "NAME", description = "The name, such as shop: a-z, 0-9 and . _ -")
    private String name;

    @Option(
            names = "--database",
            paramLabel = "FILE",
            required = true,
            description = "The SQLite file, made when it is missing; or :memory:")
    private String database;

    @Option(
            names = "--synchronous",
            paramLabel = "HOW",
            defaultValue = "FULL",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Synchronous synchronous;

    @Option(names = "--foreign-keys", description = "Enforce foreign keys.")
    private boolean foreignKeys;

    @Option(
            names = "--idle",
            paramLabel = "HOW",
            defaultValue = "backoff",
            description = "${COMPLETION-CANDIDATES}: how to wait for work. Default: ${DEFAULT-VALUE}.")
    private Idle idle;

    @Option(
            names = "--single-client",
            description = "Serve one client only, and stop when it leaves or dies; a second one is refused.")
    private boolean singleClient;

    @Option(
            names = "--stop-after-last-client",
            converter = DurationConverter.class,
            paramLabel = "TIME",
            description = "Stop when the last client has left and none has come within TIME, such as 500ms, 10s.")
    private @Nullable Duration stopAfterLastClient;

    @Option(
            names = "--no-remote-shutdown",
            description = "Refuse to be stopped by clients, 'cleat stop' among them: by a signal only.")
    private boolean noRemoteShutdown;

    @Option(
            names = "--recover-requests",
            description =
                    "Execute the writes that a former coordinator had accepted and not answered, also after a reboot "
                            + "when DIR is on a disk; outcomes are kept in the table cleat_outcome.")
    private boolean recoverRequests;

    @Option(
            names = "--debug-log",
            description = "Print every message that comes and goes to the standard error, without values.")
    private boolean debugLog;

    @Option(names = "--until-input-ends", hidden = true, description = "Stop when the standard input is closed.")
    private boolean untilInputEnds;

    ServeCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        final Coordinator coordinator = Coordinator.launch(context());
        final Thread hook = new Thread(() -> coordinator.close("its process was told to end"), "cleat-serve-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            final AtomicBoolean inputEnded = new AtomicBoolean();
            if (untilInputEnds) {
                watchInput(inputEnded);
            }
            final PrintWriter out = spec.commandLine().getOut();
            out.println("cleat: serving " + coordinator.name() + " epoch=" + coordinator.epoch() + " pid="
                    + ProcessHandle.current().pid() + " database=" + coordinator.databaseFile());
            if (!coordinator.recovered().isEmpty()) {
                out.println("cleat: recovered " + coordinator.recovered());
            }
            out.flush();
            String reason = null;
            while (reason == null) {
                reason = coordinator.awaitStopRequest(untilInputEnds ? INPUT_POLL_NS : WAIT_NS);
                reason = reason == null && inputEnded.get() ? "its starter has gone" : reason;
            }
            coordinator.close(reason);
            return ExitCode.OK;
        } finally {
            coordinator.close();
            remove(hook);
        }
    }

    private CoordinatorContext context() {
        final CoordinatorContext context = new CoordinatorContext(name)
                .databaseFile(database)
                .synchronous(synchronous)
                .foreignKeys(foreignKeys)
                .recoverRequests(recoverRequests)
                .singleClient(singleClient)
                .allowRemoteShutdown(!noRemoteShutdown)
                .errorHandler(this::report);
        if (stopAfterLastClient != null) {
            context.stopAfterLastClient(stopAfterLastClient);
        }
        if (debugLog) {
            final PrintWriter err = spec.commandLine().getErr();
            context.debugLog(err::println);
        }
        final Path directory = options.directory();
        if (directory != null) {
            context.directory(directory);
        }
        return idle == Idle.spin ? context.idleStrategy(() -> BusySpinIdleStrategy.INSTANCE) : context;
    }

    private void report(Throwable error) {
        final PrintWriter err = spec.commandLine().getErr();
        err.println("cleat: " + name + ": " + FailureReport.describe(error));
        if (options.debug()) {
            error.printStackTrace(err);
        }
    }

    /** Whoever started us holds the other end of our input: he is gone when it is closed, however he went. */
    private static void watchInput(AtomicBoolean ended) {
        final InputStream input = System.in;
        final Thread watcher = new Thread(
                () -> {
                    try {
                        while (input.read() >= 0) {}
                    } catch (IOException e) {
                        // As good as its end.
                    }
                    ended.set(true);
                },
                "cleat-serve-input");
        watcher.setDaemon(true);
        watcher.start();
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending, and the hook runs or has run.
        }
    }
}
