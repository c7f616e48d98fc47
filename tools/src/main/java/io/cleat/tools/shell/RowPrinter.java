// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints a result while it arrives. Not thread-safe: one result, one thread. */
public sealed interface RowPrinter permits TablePrinter, CsvPrinter, JsonPrinter {
    /** How a result is printed. */
    enum Format {
        /** Aligned columns for people. */
        table,
        /** RFC 4180, with a head line; NULL is empty, an empty text is {@code ""}. */
        csv,
        /** An array of objects, one a line. */
        json
    }

    /**
     * Makes a printer.
     *
     * @param format how to print.
     * @param out takes the lines; it is not flushed here.
     * @return for one result.
     */
    static RowPrinter of(Format format, PrintWriter out) {
        return switch (format) {
            case table -> new TablePrinter(out);
            case csv -> new CsvPrinter(out);
            case json -> new JsonPrinter(out);
        };
    }

    /**
     * Begins a result; called first, once, and only for a statement that returns rows.
     *
     * @param names of the columns; duplicates are possible.
     */
    void columns(List<String> names);

    /**
     * Adds a row.
     *
     * @param values null, Long, Double, String or byte[]; the printer keeps the array.
     */
    void row(@Nullable Object[] values);

    /** Ends the rows, also when there were none. */
    void end();

    /**
     * Says what a statement changed; called last, for statements that write.
     *
     * @param changeCount rows changed directly.
     * @param lastRowId of the last row inserted; 0 if none.
     * @param hadRows whether the statement also returned rows.
     */
    void changed(long changeCount, long lastRowId, boolean hadRows);
}
