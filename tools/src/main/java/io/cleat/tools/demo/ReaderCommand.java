// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.LiveSubscription;
import io.cleat.Rows;
import io.cleat.tools.child.ChildInput;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.FailureReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * A JVM of the demo that knows only the name, and shows what the others write: a live query tells it when there is something new.
 * Threading: the main thread reads and shows; another one waits for the end of the input, a third is told by the live query.
 */
@Command(name = "demo-reader", hidden = true, description = "Part of the demo: show what others write.")
public final class ReaderCommand implements Callable<Integer> {
    /** The key of the latencies of queries. */
    static final String QUERIES = "query";

    /** The key of the times from a row's being written to its being read. */
    static final String SEEN = "seen";

    private static final int LIMIT_ROWS = 5_000;

    /** Between two looks at the clock and at the input, when nothing new comes. */
    private static final long PATIENCE_MS = 50;

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Option(names = "--plain", description = "One line a source and frame, without a head.")
    private boolean plain;

    @Option(names = "--frame", required = true, description = "How often to show, in ISO-8601.")
    private Duration frame;

    private final Map<String, SourceView> sources = new TreeMap<>();
    private final Histogram queries = Lines.histogram();
    private final Histogram seen = Lines.histogram();
    private final Histogram seenSinceFrame = Lines.histogram();
    private double machineCpu = Double.NaN;
    private double machineLoad = Double.NaN;
    private long lastId;
    private long rowCount;
    private volatile boolean finishing;

    /** Made by picocli. */
    public ReaderCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        final PrintWriter out = spec.commandLine().getOut();
        final CountDownLatch go = new CountDownLatch(1);
        ChildInput.follow(go, () -> finishing = true);
        final ClientContext context =
                new ClientContext().name(TelemetryTable.DATABASE).clientName("reader");
        final Path directory = options.directory();
        try (Database database = Database.open(directory == null ? context : context.directory(directory))) {
            out.println(Lines.READY);
            out.flush();
            go.await();
            follow(database, out);
            out.println(Lines.ACCOUNT + rowCount + " 0");
            return ExitCode.OK;
        } catch (RuntimeException e) {
            out.println(Lines.FAILED + FailureReport.describe(e));
            out.flush();
            throw e;
        }
    }

    private void follow(Database database, PrintWriter out) throws InterruptedException {
        final Semaphore news = new Semaphore(0);
        final LiveSubscription newest = database.watchFirst(TelemetryTable.SELECT_NEWEST, row -> row.getLong(0))
                .listen(id -> news.release());
        try {
            follow(database, out, news);
        } finally {
            newest.close();
        }
    }

    private void follow(Database database, PrintWriter out, Semaphore news) throws InterruptedException {
        long shownNs = System.nanoTime();
        boolean last = false;
        while (true) {
            // Asked before the query: what was written until then is in it.
            last = finishing;
            final boolean more = read(database);
            final long nowNs = System.nanoTime();
            if (nowNs - shownNs >= frame.toNanos() && !last) {
                show(database, out, nowNs, nowNs - shownNs);
                shownNs = nowNs;
            }
            if (!more && last) {
                Lines.send(out, QUERIES, queries);
                Lines.send(out, SEEN, seen);
                return;
            }
            if (!more && news.tryAcquire(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                // One look finds all that was told until now.
                news.drainPermits();
            }
        }
    }

    /** Reads what is new; true when there is likely more. */
    private boolean read(Database database) {
        final long startNs = System.nanoTime();
        int count = 0;
        try (Rows rows = database.rows(TelemetryTable.SELECT_NEW, lastId, LIMIT_ROWS)) {
            while (rows.next()) {
                count++;
                lastId = rows.getLong(0);
                final long writtenNs = rows.getLong(2);
                final long ageNs = Math.min(Math.max(0, System.nanoTime() - writtenNs), Lines.MAX_LATENCY_NS);
                seen.recordValue(ageNs);
                seenSinceFrame.recordValue(ageNs);
                sources.computeIfAbsent(String.valueOf(rows.getText(1)), SourceView::new)
                        .row(rows, writtenNs);
                machineCpu = rows.isNull(8) ? machineCpu : rows.getDouble(8);
                machineLoad = rows.isNull(9) ? machineLoad : rows.getDouble(9);
            }
        }
        queries.recordValue(Math.min(System.nanoTime() - startNs, Lines.MAX_LATENCY_NS));
        rowCount += count;
        return count == LIMIT_ROWS;
    }

    private void show(Database database, PrintWriter out, long nowNs, long elapsedNs) {
        if (sources.values().stream().anyMatch(source -> source.pid() == 0)) {
            try (Rows rows = database.rows(TelemetryTable.SELECT_SOURCES)) {
                while (rows.next()) {
                    sources.computeIfAbsent(String.valueOf(rows.getText(0)), SourceView::new)
                            .pid(rows.getLong(1));
                }
            }
        }
        if (!plain) {
            out.println(Lines.SHOW + SourceView.head());
        }
        for (SourceView source : sources.values()) {
            out.println(Lines.SHOW + source.line(nowNs, elapsedNs));
        }
        out.println(Lines.SHOW + SourceView.total(rowCount, seenSinceFrame, machineCpu, machineLoad));
        out.println(Lines.SHOWN);
        out.flush();
        seenSinceFrame.reset();
    }
}
