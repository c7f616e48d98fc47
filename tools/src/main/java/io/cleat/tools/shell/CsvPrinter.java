// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** RFC 4180 with lines that end in a line feed. What a statement changed is not printed: it is no row. Not thread-safe. */
final class CsvPrinter implements RowPrinter {
    private final PrintWriter out;

    CsvPrinter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void columns(List<String> names) {
        row(names.toArray());
    }

    @Override
    public void row(@Nullable Object[] values) {
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < values.length; i++) {
            line.append(i == 0 ? "" : ",").append(field(values[i]));
        }
        out.print(line.append('\n'));
    }

    @Override
    public void end() {}

    @Override
    public void changed(long changeCount, long lastRowId, boolean hadRows) {}

    private static String field(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof byte[] bytes) {
            return SqlArgument.blob(bytes);
        }
        final String text = SqlArgument.text(value);
        if (!(value instanceof String) || !needsQuotes(text)) {
            return text;
        }
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    private static boolean needsQuotes(String text) {
        return text.isEmpty()
                || text.indexOf(',') >= 0
                || text.indexOf('"') >= 0
                || text.indexOf('\n') >= 0
                || text.indexOf('\r') >= 0
                || text.charAt(0) == ' '
                || text.charAt(text.length() - 1) == ' ';
    }
}
