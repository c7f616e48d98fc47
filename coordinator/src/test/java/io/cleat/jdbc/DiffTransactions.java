// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static io.cleat.jdbc.DiffStep.Kind.BEGIN;
import static io.cleat.jdbc.DiffStep.Kind.BEGIN_WRITING;
import static io.cleat.jdbc.DiffStep.Kind.END;

import io.cleat.jdbc.DiffStep.Action;
import io.cleat.jdbc.DiffStep.Kind;
import io.cleat.jdbc.DiffStep.Needs;
import java.sql.Connection;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.Random;

/**
 * Random steps that begin and end transactions and savepoints, by methods and by texts. Used by one thread.
 */
final class DiffTransactions {
    private static final List<String> NAMES = List.of("one", "two", "Three");

    private final DiffProgram program;
    private final Random random;
    private final DiffSql sql;

    DiffTransactions(DiffProgram program, Random random, DiffSql sql) {
        this.program = program;
        this.random = random;
        this.sql = sql;
    }

    void add() {
        final String name = sql.one(NAMES);
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> method(BEGIN, "setAutoCommit(false)", c -> c.setAutoCommit(false));
            case 3, 4, 5 -> method(END, "commit()", Connection::commit);
            case 6, 7 -> method(END, "rollback()", Connection::rollback);
            case 8 -> {
                // A COMMIT that fails leaves it off here, so that rollback is possible.
                method(END, "rollback()", Connection::rollback);
                method(END, "setAutoCommit(true)", c -> c.setAutoCommit(true));
            }
            case 9 ->
                step(BEGIN, "setSavepoint(" + name + ")", c -> {
                    c.savepoints().put(name, c.connection().setSavepoint(name));
                    return null;
                });
            case 10 -> savepoint(name, "rollback(" + name + ")", Connection::rollback);
            case 11 -> savepoint(name, "releaseSavepoint(" + name + ")", Connection::releaseSavepoint);
            default -> text(name);
        }
    }

    private void text(String name) {
        switch (random.nextInt(8)) {
            case 0 -> text(BEGIN, "BEGIN");
            case 1 -> text(BEGIN_WRITING, "BEGIN IMMEDIATE");
            case 2 -> text(END, "COMMIT");
            case 3 -> text(END, "ROLLBACK");
            case 4, 5 -> text(BEGIN, "SAVEPOINT " + name);
            case 6 -> text(BEGIN, "RELEASE " + name);
            default -> text(BEGIN, "ROLLBACK TO " + name);
        }
    }

    private interface Method {
        void on(Connection connection) throws Exception;
    }

    private interface OnSavepoint {
        void on(Connection connection, Savepoint savepoint) throws Exception;
    }

    private void method(Kind kind, String text, Method method) {
        step(kind, text, c -> {
            method.on(c.connection());
            return null;
        });
    }

    private void savepoint(String name, String text, OnSavepoint method) {
        step(BEGIN, text, c -> {
            final Savepoint savepoint = c.savepoints().get(name);
            if (savepoint != null) {
                method.on(c.connection(), savepoint);
            }
            return savepoint != null;
        });
    }

    private void text(Kind kind, String text) {
        step(kind, text, c -> {
            try (Statement statement = c.connection().createStatement()) {
                return statement.execute(text);
            }
        });
    }

    private void step(Kind kind, String text, Action action) {
        program.step(-1, Needs.NOTHING, kind, text, action);
    }
}
