// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The operations that are compared, on one of the two ways to a database. Each way is used as its users would: statements are
 * prepared once, and every column of every row is read.
 *
 * <p>One thread. A method may throw whatever its way throws; a failed operation leaves the store usable.
 */
interface Store extends AutoCloseable {
    /** The row type of all cases. */
    String CREATE = "CREATE TABLE IF NOT EXISTS item(id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL)";

    /** By key; three columns. */
    String SELECT = "SELECT id, name, price FROM item WHERE id = ?";

    /** One row at the end of the table. */
    String INSERT = "INSERT INTO item(name, price) VALUES (?, ?)";

    /** One column of a row by key. */
    String UPDATE = "UPDATE item SET price = ? WHERE id = ?";

    /** The whole table. */
    String SCAN = "SELECT id, name, price FROM item";

    /**
     * Reads one row by key.
     *
     * @param key of a row that exists.
     * @return the sum of what it holds, so that nothing is optimized away.
     */
    long select(long key) throws Exception;

    /** Inserts one row, and commits. */
    void insert(long number) throws Exception;

    /** One transaction of three statements: inserts a row, reads one by key, and changes it. */
    void transaction(long number) throws Exception;

    /** Inserts rows, all in one commit. */
    void insertBatch(long number, int rowCount) throws Exception;

    /** Reads all columns of all rows; returns how many rows. */
    long scan() throws Exception;

    /**
     * Starts one insert, and returns before it is done where the way can do that.
     *
     * @param done told, on any one thread, with null or what went wrong.
     */
    void insertAsync(long number, Consumer<@Nullable Throwable> done);

    @Override
    void close() throws SQLException;

    /** {@return the name that a row gets} */
    static String name(long number) {
        return "item-" + (1_000_000 + number % 1_000_000);
    }

    /** {@return the price that a row gets} */
    static double price(long number) {
        return (number % 10_000) / 100.0;
    }
}
