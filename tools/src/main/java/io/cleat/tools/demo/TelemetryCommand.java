// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.tools.child.ChildInput;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.FailureReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * A JVM of the demo that writes its own figures into the database. Threading: the main thread samples and writes; another one
 * waits for the end of the input.
 */
@Command(name = "demo-telemetry", hidden = true, description = "Part of the demo: write figures of this JVM.")
public final class TelemetryCommand implements Callable<Integer> {
    private static final long REPORT_NS = TimeUnit.MILLISECONDS.toNanos(250);

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Parameters(paramLabel = "SOURCE")
    private String source;

    @Option(names = "--rate", required = true)
    private int rate;

    @Option(names = "--acknowledged", required = true)
    private Path acknowledgedFile;

    private volatile boolean stopped;

    /** Made by picocli. */
    public TelemetryCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        final PrintWriter out = spec.commandLine().getOut();
        final CountDownLatch go = new CountDownLatch(1);
        ChildInput.follow(go, () -> stopped = true);
        final ClientContext context =
                new ClientContext().name(TelemetryTable.DATABASE).clientName(source);
        final Path directory = options.directory();
        try (Database database = Database.open(directory == null ? context : context.directory(directory))) {
            database.script(TelemetryTable.SCHEMA);
            database.update(
                    TelemetryTable.INSERT_SOURCE,
                    source,
                    ProcessHandle.current().pid());
            out.println(Lines.READY);
            out.flush();
            go.await();
            write(database, Acknowledged.open(acknowledgedFile), out);
            return ExitCode.OK;
        } catch (RuntimeException e) {
            out.println(Lines.FAILED + FailureReport.describe(e));
            out.flush();
            throw e;
        }
    }

    private void write(Database database, Acknowledged acknowledged, PrintWriter out) {
        final Figures figures = new Figures();
        final Histogram roundTrips = Lines.histogram();
        final long periodNs = TimeUnit.SECONDS.toNanos(1) / rate;
        long dueNs = System.nanoTime();
        long reportedNs = dueNs;
        long sequence = 0;
        long checksum = 0;
        while (!stopped) {
            final long nowNs = System.nanoTime();
            sequence++;
            figures.sample(nowNs);
            final long sentNs = System.nanoTime();
            insert(database, sequence, sentNs, figures);
            final long repliedNs = System.nanoTime();
            checksum += TelemetryTable.checksum(sequence, sentNs, figures);
            acknowledged.set(sequence, checksum);
            roundTrips.recordValue(Math.min(repliedNs - sentNs, Lines.MAX_LATENCY_NS));
            if (repliedNs - reportedNs > REPORT_NS) {
                Lines.send(out, source, roundTrips);
                reportedNs = repliedNs;
            }
            // At a fixed rate; what was missed by more than a tenth of a second is not made up for.
            dueNs = Math.max(dueNs + periodNs, repliedNs - REPORT_NS / 2);
            for (long leftNs = dueNs - System.nanoTime(); leftNs > 0 && !stopped; leftNs = dueNs - System.nanoTime()) {
                LockSupport.parkNanos(leftNs);
            }
        }
        Lines.send(out, source, roundTrips);
        out.println(Lines.ACCOUNT + sequence + " " + checksum);
    }

    private void insert(Database database, long sequence, long nowNs, Figures figures) {
        database.update(
                TelemetryTable.INSERT_SAMPLE,
                source,
                sequence,
                nowNs,
                figures.heapBytes(),
                figures.gcCount(),
                figures.gcMs(),
                figures.threads(),
                known(figures.cpuPercent()),
                figures.rssKb() < 0 ? null : figures.rssKb(),
                known(figures.machineCpu()),
                known(figures.machineLoad()));
    }

    private static @Nullable Double known(double figure) {
        return Double.isNaN(figure) ? null : figure;
    }
}
