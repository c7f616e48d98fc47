// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.Database;
import io.cleat.Rows;
import io.cleat.UpdateResult;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.ConnectOptions;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.RowPrinter;
import io.cleat.tools.shell.SqlArgument;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs SQL through the coordinator, as any other client does. Threading: the main thread. */
@Command(
        name = "sql",
        description = {
            "Run one statement and print its rows as they arrive, or a script, all or nothing.",
            "",
            "Arguments are the statement's parameters, in SQLite's notation: 42, 1.5, NULL, x'00ff'; 'quoted' is TEXT"
                    + " whatever is in it, and so is anything else."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  cleat sql shop \"SELECT * FROM item WHERE price > ? AND name = ?\" 9.99 \"'42'\"",
            "  cleat sql shop \"INSERT INTO item(name, price) VALUES (?, ?) RETURNING id\" lamp 12.5",
            "  cleat sql shop --format csv \"SELECT * FROM item\" > item.csv",
            "  echo \"SELECT count(*) FROM item\" | cleat sql shop -",
            "  cleat sql shop --script schema.sql",
            "",
            "BEGIN, COMMIT and the like are refused: each call is a transaction of its own; a script is one as well."
        })
final class SqlCommand implements Callable<Integer> {
    private static final long FLUSH_NS = TimeUnit.MILLISECONDS.toNanos(100);

    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Mixin
    private ConnectOptions connect;

    @Parameters(index = "0", paramLabel = "NAME", description = "The name of the database.")
    private String name;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SQL",
            description = "One statement; - reads it from the standard input.")
    private @Nullable String sql;

    @Parameters(index = "2..*", arity = "0..*", paramLabel = "ARG", description = "The statement's parameters.")
    private List<String> arguments = new ArrayList<>();

    @Option(
            names = "--script",
            paramLabel = "FILE",
            description = "Run the statements of a file, all or nothing; - reads the standard input.")
    private @Nullable String script;

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description =
                    "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}. CSV: NULL is empty, an empty text is \"\"."
                            + " JSON: an array of objects; a BLOB is a string x'..'.")
    private RowPrinter.Format format;

    SqlCommand() {}

    @Override
    public Integer call() throws IOException {
        if ((sql == null) == (script == null)) {
            throw new ParameterException(
                    spec.commandLine(), sql == null ? "SQL or --script is missing" : "give either SQL or --script");
        }
        final PrintWriter out = spec.commandLine().getOut();
        final RowPrinter printer = RowPrinter.of(format, out);
        final String statement = sql == null ? "" : "-".equals(sql) ? standardInput() : sql;
        final String statements = script == null ? "" : "-".equals(script) ? standardInput() : file(script);
        try (Database database = connect.open(name, "sql", options.directory())) {
            if (script != null) {
                final UpdateResult result = database.script(statements);
                printer.changed(result.changeCount(), result.lastRowId(), false);
            } else {
                run(database, statement, printer, out);
            }
        }
        return ExitCode.OK;
    }

    private void run(Database database, String statement, RowPrinter printer, PrintWriter out) {
        final @Nullable Object[] values =
                arguments.stream().map(SqlArgument::parse).toArray();
        try (Rows rows = database.rows(statement, values)) {
            if (rows.hasColumns()) {
                final List<String> names = new ArrayList<>();
                for (int i = 0; i < rows.columnCount(); i++) {
                    names.add(rows.columnName(i));
                }
                printer.columns(names);
            }
            long flushedNs = System.nanoTime();
            while (rows.next()) {
                printer.row(values(rows));
                final long nowNs = System.nanoTime();
                if (nowNs - flushedNs > FLUSH_NS) {
                    // Rows are seen while more of them come, and a closed pipe ends the query early.
                    out.flush();
                    flushedNs = nowNs;
                }
            }
            if (rows.hasColumns()) {
                printer.end();
            }
            if (!rows.hasColumns() || rows.changeCount() > 0) {
                printer.changed(rows.changeCount(), rows.lastRowId(), rows.hasColumns());
            }
            out.flush();
        }
    }

    private static @Nullable Object[] values(Rows rows) {
        final @Nullable Object[] values = new Object[rows.columnCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = rows.getObject(i);
        }
        return values;
    }

    private static String standardInput() throws IOException {
        return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String file(String path) throws IOException {
        return Files.readString(Path.of(path));
    }
}
