// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A small table of aligned columns. Not thread-safe. Holds all its rows: for bounded lists. */
public final class TextTable {
    private final List<String> heads;
    private final List<Boolean> numbers = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * Begins a table.
     *
     * @param heads one a column; a column whose head begins with # is aligned to the right, without the #.
     */
    public TextTable(String... heads) {
        this.heads = new ArrayList<>();
        for (String head : heads) {
            numbers.add(head.startsWith("#"));
            this.heads.add(head.startsWith("#") ? head.substring(1) : head);
        }
    }

    /**
     * Adds a row.
     *
     * @param cells one a column; each is shown with {@code toString}, in one line.
     * @return this.
     */
    public TextTable row(Object... cells) {
        if (cells.length != heads.size()) {
            throw new IllegalArgumentException("cells=" + cells.length + " columns=" + heads.size());
        }
        final List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(Terminal.oneLine(String.valueOf(cell)));
        }
        rows.add(row);
        return this;
    }

    /**
     * Prints the heads and the rows.
     *
     * @param out takes the lines.
     * @param indent before each line.
     */
    public void print(PrintWriter out, String indent) {
        final int[] widths = new int[heads.size()];
        measure(widths, heads);
        for (List<String> row : rows) {
            measure(widths, row);
        }
        out.println(line(indent, widths, heads));
        for (List<String> row : rows) {
            out.println(line(indent, widths, row));
        }
    }

    private static void measure(int[] widths, List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], width(cells.get(i)));
        }
    }

    private String line(String indent, int[] widths, List<String> cells) {
        final StringBuilder line = new StringBuilder(indent);
        for (int i = 0; i < widths.length; i++) {
            pad(line, cells.get(i), widths[i], numbers.get(i));
            line.append(i == widths.length - 1 ? "" : "  ");
        }
        return line.toString().stripTrailing();
    }

    static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    static void pad(StringBuilder line, String cell, int width, boolean right) {
        final String space = " ".repeat(Math.max(0, width - width(cell)));
        line.append(right ? space : "").append(cell).append(right ? "" : space);
    }
}
