// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.charset.StandardCharsets;

/**
 * The current line of a running EXPLAIN: address, opcode, p1, p2, p3, p4, p5, comment. Read when asked, because most lines are of no
 * interest. The connection's thread.
 */
final class ExplainLine {
    private final SqliteStatement explain;

    ExplainLine(SqliteStatement explain) {
        this.explain = explain;
    }

    String opcode() {
        return text(1);
    }

    long p1() {
        return explain.columnLong(2);
    }

    long p2() {
        return explain.columnLong(3);
    }

    long p3() {
        return explain.columnLong(4);
    }

    /** Empty when there is none. */
    String p4() {
        return text(5);
    }

    /** A number, printed in decimal or in hexadecimal by the version. */
    long p5() {
        return explain.columnType(6) == StorageClass.INTEGER ? explain.columnLong(6) : Long.parseLong(text(6), 16);
    }

    private String text(int column) {
        return new String(explain.columnText(column), StandardCharsets.UTF_8);
    }
}
