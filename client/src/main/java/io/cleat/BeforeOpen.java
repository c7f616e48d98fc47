// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** What is done with a database before its first user gets it. Called once a {@link Database}, on the thread that opens it. */
@FunctionalInterface
public interface BeforeOpen {
    /**
     * Does the work. What it throws passes through to the caller that opens the database, which is not open then.
     *
     * @param database usable from any thread, with statements, transactions and all; of no use when this throws.
     * @param details what opening has found and done.
     */
    void run(Database database, OpeningDetails details);
}
