// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.Database;
import io.cleat.LiveResult;
import io.cleat.Row;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ConnectOptions;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.FailureReport;
import io.cleat.tools.shell.RowPrinter;
import io.cleat.tools.shell.SqlArgument;
import io.cleat.tools.shell.Terminal;
import java.io.PrintWriter;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows a live query: its result now, and again whenever a commit changed it. Threading: the main thread prints what comes. */
@Command(
        name = "watch",
        description = {
            "Show the result of a query, and show it again whenever a commit changed it.",
            "",
            "On a terminal it is redrawn in place, until Ctrl-C; else each result follows the one before. Of results that come faster than they are"
                    + " printed, only the newest is."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cleat watch shop \"SELECT count(*), sum(price) FROM item\"",
            "  cleat watch shop \"SELECT * FROM item WHERE price > ?\" 9.99 --format json",
            "  cleat watch shop \"SELECT max(id) FROM item\" --count 2    # until the first change"
        })
final class WatchCommand implements Callable<Integer> {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Mixin
    private ConnectOptions connect;

    @Parameters(index = "0", paramLabel = "NAME", description = "The name of the database.")
    private String name;

    @Parameters(index = "1", paramLabel = "SQL", description = "A query.")
    private String sql;

    @Parameters(index = "2..*", arity = "0..*", paramLabel = "ARG", description = "The query's parameters.")
    private List<String> arguments = new ArrayList<>();

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES}, as of cleat sql. Default: ${DEFAULT-VALUE}.")
    private RowPrinter.Format format;

    @Option(names = "--count", paramLabel = "N", description = "End after so many results.")
    private long count = Long.MAX_VALUE;

    WatchCommand() {}

    /** A row with the names of its columns: a result without rows has none to show. */
    private record Shown(List<String> names, List<@Nullable Object> values) {
        static Shown of(Row row) {
            final List<String> names = new ArrayList<>();
            final List<@Nullable Object> values = new ArrayList<>();
            for (int i = 0; i < row.columnCount(); i++) {
                names.add(row.columnName(i));
                values.add(row.getObject(i));
            }
            return new Shown(names, values);
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        final PrintWriter out = spec.commandLine().getOut();
        final boolean redraw = format == RowPrinter.Format.table && Terminal.isInteractive();
        final @Nullable Object[] values =
                arguments.stream().map(SqlArgument::parse).toArray();
        final NewestResult<List<Shown>> newest = new NewestResult<>();
        try (Database database = connect.open(name, "watch", options.directory())) {
            database.watch(sql, Shown::of, values).subscribe(newest);
            for (long shown = 0; shown < count; shown++) {
                final @Nullable LiveResult<List<Shown>> result = newest.await();
                if (result == null) {
                    out.flush();
                    spec.commandLine().getErr().println("cleat: " + name + " is served no more: the watch has ended");
                    return ExitCode.FAILED;
                }
                if (result.failure() != null && shown == 0) {
                    // A query that is wrong from the start is a mistake of who typed it.
                    throw result.failure();
                }
                show(out, result, redraw);
            }
        }
        return ExitCode.OK;
    }

    private void show(PrintWriter out, LiveResult<List<Shown>> result, boolean redraw) {
        out.print(redraw ? CLEAR_SCREEN : "");
        if (format == RowPrinter.Format.table) {
            out.println(name + "  commit " + result.commitSequence() + "  "
                    + LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS) + "  "
                    + Terminal.oneLine(sql));
        }
        if (result.failure() != null) {
            out.println("cleat: " + FailureReport.describe(result.failure()));
        } else {
            rows(out, result.value());
        }
        if (format == RowPrinter.Format.table && !redraw) {
            out.println();
        }
        out.flush();
    }

    private void rows(PrintWriter out, List<Shown> rows) {
        if (rows.isEmpty() && format == RowPrinter.Format.table) {
            out.println("no rows");
            return;
        }
        final RowPrinter printer = RowPrinter.of(format, out);
        printer.columns(rows.isEmpty() ? List.of() : rows.get(0).names());
        rows.forEach(row -> printer.row(row.values().toArray()));
        printer.end();
    }
}
