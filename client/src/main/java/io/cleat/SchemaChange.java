// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** Brings a database from one schema version to another. Called on the thread that opens the database. */
@FunctionalInterface
public interface SchemaChange {
    /**
     * Does the work. What it throws rolls everything back and passes through to the caller that opens the database.
     *
     * @param transaction to work in, the same one in which the new version is set; of no use afterwards.
     * @param from the version that the database has, 0 and up.
     * @param to the version of the {@link Schema}, 1 and up.
     */
    void run(Transaction transaction, int from, int to);
}
