// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The tables: accounts, and the facts that workers write. A transfer changes two accounts and leaves two facts, so the balances can
 * be computed from the facts. Nothing is ever deleted, so ids of facts have no gaps. Facts have no unique key on purpose: a write that
 * is applied twice shall be seen and not refused. Thread-safe: stateless.
 */
final class Books {
    /** The name by which everybody finds the database. */
    static final String NAME = "torture";

    /** How many accounts there are, with ids from 1. */
    static final int ACCOUNTS = 20;

    /** What each has in the beginning. */
    static final long BALANCE = 1_000_000;

    /** What all have together, always. */
    static final long TOTAL = ACCOUNTS * BALANCE;

    /** Facts with this part or a higher one are in savepoints that are undone: none may ever be seen. */
    static final int UNDONE = 100;

    /** Worker, unit, part. */
    static final String INSERT = "INSERT INTO facts(worker, unit, part) VALUES (?, ?, ?)";

    /** Worker, unit, part, account, amount. */
    static final String INSERT_SHARE = "INSERT INTO facts(worker, unit, part, account, amount) VALUES (?, ?, ?, ?, ?)";

    /** Amount, account. */
    static final String ADD = "UPDATE accounts SET balance = balance + ? WHERE id = ?";

    private Books() {}

    /**
     * Makes the tables, before anybody serves the file.
     *
     * @param file a new SQLite file.
     */
    static void create(Path file) throws SQLException {
        try (Connection connection = open(file);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.executeUpdate("CREATE TABLE accounts(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)");
            statement.executeUpdate("CREATE TABLE facts(id INTEGER PRIMARY KEY, worker INTEGER NOT NULL,"
                    + " unit INTEGER NOT NULL, part INTEGER NOT NULL CHECK (part >= 0),"
                    + " account INTEGER REFERENCES accounts(id), amount INTEGER NOT NULL DEFAULT 0)");
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO accounts VALUES (?, ?)")) {
                for (int id = 1; id <= ACCOUNTS; id++) {
                    insert.setInt(1, id);
                    insert.setLong(2, BALANCE);
                    insert.executeUpdate();
                }
            }
            connection.commit();
        }
    }

    /** Opens the file as any SQLite program does. */
    static Connection open(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }
}
