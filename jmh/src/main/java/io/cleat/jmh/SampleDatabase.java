// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes the same database twice: one for the coordinator, one for the baseline. Any thread. */
final class SampleDatabase {
    private static final String FILL = "INSERT INTO item(name, price)"
            + " WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
            + " SELECT printf('item-%d', 1000000 + i % 1000000), (i % 10000) / 100.0 FROM n";

    private SampleDatabase() {}

    /**
     * Makes {@code ours.db} and {@code baseline.db}, both in WAL mode and checkpointed.
     *
     * @param folder where.
     * @param rowCount rows of the table {@code item}, 1 or more, with ids from 1.
     */
    static void create(Path folder, int rowCount) throws SQLException, IOException {
        final Path first = ours(folder);
        try (Connection connection = JdbcStore.open(first.toString(), "NORMAL");
                Statement create = connection.createStatement()) {
            create.execute(Store.CREATE);
            try (PreparedStatement fill = connection.prepareStatement(FILL)) {
                fill.setInt(1, rowCount);
                fill.executeUpdate();
            }
        }
        Files.copy(first, baseline(folder));
    }

    static Path ours(Path folder) {
        return folder.resolve("ours.db");
    }

    static Path baseline(Path folder) {
        return folder.resolve("baseline.db");
    }
}
