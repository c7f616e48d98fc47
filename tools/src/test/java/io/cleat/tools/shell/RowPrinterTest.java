// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.tools.shell.RowPrinter.Format;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RowPrinterTest {
    private final StringWriter text = new StringWriter();

    @Test
    void shouldAlignATable() {
        print(Format.table, List.of("id", "name", "price"), new Object[] {1L, "lämp", 12.5}, new Object[] {
            20L, null, Double.POSITIVE_INFINITY
        });
        assertThat(text).hasToString("""
                         id | name | price
                        ----+------+-------
                          1 | lämp |  12.5
                         20 | NULL |   Inf
                        (2 rows)
                        """);
    }

    @Test
    void shouldShowHeadsOfATableWithoutRows() {
        print(Format.table, List.of("a", "b"));
        assertThat(text).hasToString(" a | b\n---+---\n(0 rows)\n");
    }

    @Test
    void shouldKeepATableCellInItsLine() {
        print(Format.table, List.of("a"), new Object[] {"x\u001b[2J\ny"}, new Object[] {"ü".repeat(200)});
        assertThat(text.toString())
                .contains("x\\u001b[2J\\ny")
                .contains("ü".repeat(59) + "…")
                .doesNotContain("\u001b");
    }

    @Test
    void shouldStreamATableOfAnyLength() {
        final RowPrinter printer = RowPrinter.of(Format.table, new PrintWriter(text));
        printer.columns(List.of("n"));
        for (long i = 0; i < 250; i++) {
            printer.row(new Object[] {i});
        }
        assertThat(text.toString()).contains("\n 249\n");
        printer.end();
        assertThat(text.toString()).endsWith("(250 rows)\n");
    }

    @Test
    void shouldQuoteCsvWhereNeeded() {
        print(
                Format.csv,
                List.of("plain", "with,comma"),
                new Object[] {"say \"hi\"", "line\nbreak"},
                new Object[] {null, ""},
                new Object[] {-1L, new byte[] {0, -1}},
                new Object[] {" edge", "日本 🚲"});
        assertThat(text).hasToString("""
                        plain,"with,comma"
                        "say ""hi""\","line
                        break"
                        ,""
                        -1,x'00ff'
                        " edge",日本 🚲
                        """);
    }

    @Test
    void shouldWriteJsonThatParsersTake() {
        print(Format.json, List.of("a", "a", "a_2"), new Object[] {null, 1.5, "q\"\\\n\u0001\ud800"}, new Object[] {
            Long.MIN_VALUE, Double.NEGATIVE_INFINITY, new byte[] {1}
        });
        assertThat(text).hasToString("""
                        [{"a":null,"a_3":1.5,"a_2":"q\\"\\\\\\n\\u0001\\ud800"},
                         {"a":-9223372036854775808,"a_3":-9e999,"a_2":"x'01'"}]
                        """);
    }

    @Test
    void shouldWriteAnEmptyJsonArray() {
        print(Format.json, List.of("a"));
        assertThat(text).hasToString("[]\n");
    }

    @Test
    void shouldCountWhatChanged() {
        final PrintWriter out = new PrintWriter(text);
        RowPrinter.of(Format.table, out).changed(1, 7, false);
        RowPrinter.of(Format.table, out).changed(3, 0, false);
        RowPrinter.of(Format.csv, out).changed(3, 0, false);
        RowPrinter.of(Format.json, out).changed(3, 9, false);
        RowPrinter.of(Format.json, out).changed(3, 9, true);
        assertThat(text).hasToString("1 row changed, last row id 7\n3 rows changed\n{\"changes\":3,\"lastRowId\":9}\n");
    }

    private void print(Format format, List<String> columns, @Nullable Object[]... rows) {
        final RowPrinter printer = RowPrinter.of(format, new PrintWriter(text));
        printer.columns(columns);
        for (@Nullable Object[] row : rows) {
            printer.row(row);
        }
        printer.end();
    }
}
