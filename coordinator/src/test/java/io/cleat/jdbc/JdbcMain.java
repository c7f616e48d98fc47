// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** A program of its own that only knows a URL: runs the lines of its input, each answered by {@code OK value} or {@code ERR state message}. */
final class JdbcMain {
    private JdbcMain() {}

    public static void main(String[] args) throws Exception {
        try (Connection connection = DriverManager.getConnection(args[0]);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("OPEN");
            String line = in.readLine();
            while (line != null && !line.equals("bye")) {
                try {
                    System.out.println("OK " + run(connection, line));
                } catch (SQLException e) {
                    System.out.println("ERR " + e.getSQLState() + " " + e.getMessage());
                }
                line = in.readLine();
            }
        }
    }

    private static Object run(Connection connection, String line) throws SQLException {
        if (line.startsWith("SELECT")) {
            return String.valueOf(JdbcPlace.one(connection, line));
        }
        return JdbcPlace.update(connection, line);
    }
}
