// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.Savepoint;

/** A savepoint that {@link JdbcConnection} has set, with the names that sqlite-jdbc gives. Immutable. */
final class JdbcSavepoint implements Savepoint {
    private final int id;
    private final String name;

    /** Without a name of its own. */
    JdbcSavepoint(int id) {
        this(id, "SQLITE_SAVEPOINT_" + id);
    }

    JdbcSavepoint(int id, String name) {
        this.id = id;
        this.name = name;
    }

    @Override
    public int getSavepointId() {
        return id;
    }

    @Override
    public String getSavepointName() {
        return name;
    }

    @Override
    public String toString() {
        return "savepoint " + id + " '" + name + "'";
    }
}
