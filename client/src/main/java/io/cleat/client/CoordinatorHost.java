// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.Hosting;
import java.nio.file.Path;

/**
 * Starts coordinators for clients that may host one. Found by {@link java.util.ServiceLoader}; the jar {@code cleat-coordinator} has the one there is, so that
 * the client needs neither it nor SQLite.
 *
 * <p>Thread-safe.
 */
public interface CoordinatorHost {
    /**
     * Starts a coordinator, and returns when it serves.
     *
     * @param name of the database.
     * @param directory where it registers.
     * @param databaseFile the SQLite file.
     * @param hosting where it runs.
     * @param timeoutNs how long starting may take, in nanoseconds.
     * @return ends it, handing over to whoever takes the name next; does nothing to one in a JVM of its own.
     * @throws io.cleat.CleatException NAME_IN_USE when another one was faster; IO, PERMISSION, MISUSE when the file cannot be opened.
     */
    AutoCloseable host(String name, Path directory, Path databaseFile, Hosting hosting, long timeoutNs);
}
