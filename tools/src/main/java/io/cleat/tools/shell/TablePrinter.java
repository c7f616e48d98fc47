// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Aligned columns for people. The first rows settle the widths, the others are printed as they come: a result of any size
 * passes through. Long cells are cut; csv and json show all of them. Not thread-safe.
 */
final class TablePrinter implements RowPrinter {
    private static final int WINDOW_ROWS = 100;
    private static final int MAX_CELL_LENGTH = 60;

    private final PrintWriter out;
    private final List<@Nullable Object[]> window = new ArrayList<>();
    private String[] heads = new String[0];
    private int[] widths = new int[0];
    private boolean[] right = new boolean[0];
    private boolean begun;
    private long rowCount;

    TablePrinter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void columns(List<String> names) {
        heads = names.stream().map(TablePrinter::cell).toArray(String[]::new);
    }

    @Override
    public void row(@Nullable Object[] values) {
        rowCount++;
        if (begun) {
            print(values);
            return;
        }
        window.add(values);
        if (window.size() == WINDOW_ROWS) {
            begin();
        }
    }

    @Override
    public void end() {
        if (!begun) {
            begin();
        }
        out.print("(" + rowCount + (rowCount == 1 ? " row)\n" : " rows)\n"));
    }

    @Override
    public void changed(long changeCount, long lastRowId, boolean hadRows) {
        if (hadRows && changeCount == 0) {
            return;
        }
        out.print(changeCount + (changeCount == 1 ? " row changed" : " rows changed")
                + (lastRowId == 0 ? "" : ", last row id " + lastRowId) + "\n");
    }

    private void begin() {
        begun = true;
        widths = new int[heads.length];
        right = new boolean[heads.length];
        for (int i = 0; i < heads.length; i++) {
            widths[i] = TextTable.width(heads[i]);
            right[i] = !window.isEmpty();
            for (@Nullable Object[] row : window) {
                widths[i] = Math.max(widths[i], TextTable.width(cell(row[i])));
                right[i] &= row[i] == null || row[i] instanceof Number;
            }
        }
        print(heads);
        final StringBuilder rule = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            rule.append(i == 0 ? "" : "+").append("-".repeat(widths[i] + 2));
        }
        out.print(rule.append('\n'));
        window.forEach(this::print);
        window.clear();
    }

    private void print(@Nullable Object[] values) {
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < values.length; i++) {
            line.append(i == 0 ? " " : " | ");
            TextTable.pad(line, cell(values[i]), widths[i], right[i]);
        }
        out.print(line.toString().stripTrailing() + "\n");
    }

    private static String cell(@Nullable Object value) {
        if (value == null) {
            return "NULL";
        }
        final String text = value instanceof byte[] bytes ? blob(bytes) : SqlArgument.text(value);
        return Terminal.cut(Terminal.oneLine(Terminal.cut(text, 4 * MAX_CELL_LENGTH)), MAX_CELL_LENGTH);
    }

    private static String blob(byte[] bytes) {
        final int shown = Math.min(bytes.length, MAX_CELL_LENGTH);
        return SqlArgument.blob(shown == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, shown));
    }
}
