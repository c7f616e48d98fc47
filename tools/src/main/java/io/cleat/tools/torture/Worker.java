// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.Database;

/** What one kind of JVM of the torture does, again and again. Threading: one thread calls it. */
interface Worker {
    /**
     * A database was opened, for the first time or after the one before was of no more use.
     *
     * @param database for the next pieces of work.
     */
    default void open(Database database) {}

    /**
     * Does one piece of work. What it throws goes to {@link Attempts#expect}.
     *
     * @param database open, as far as is known.
     */
    void work(Database database) throws Exception;

    /**
     * Nobody writes any more: looks at what is left.
     *
     * @param database open.
     */
    default void settle(Database database) throws Exception {}

    /** Journals how much was seen until now. */
    default void count() {}
}
