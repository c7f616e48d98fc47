// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import java.time.Instant;

/**
 * What is registered under a name, at the moment of looking.
 *
 * <p>Threading: immutable.
 *
 * @param name of the database.
 * @param state of its coordinator; never FREE.
 * @param epoch grows with every coordinator that takes the name.
 * @param pid of the coordinator's process.
 * @param processStartMs when that process started, in milliseconds since 1970; 0 if unknown.
 * @param heartbeatMs when the coordinator last said that it runs, in milliseconds since 1970.
 * @param registeredAtMs when it registered, in milliseconds since 1970.
 * @param protocolVersion the newest version that it speaks.
 * @param databaseFile the SQLite file, for people: a long path has lost its beginning (see {@link TextField#CUT}).
 * @param user who runs it.
 * @param sqliteVersion of the library that it uses.
 * @param dialect of the SQL that it takes: "sqlite".
 * @param liveness what the owner lock says.
 */
public record NameEntry(
        String name,
        NameState state,
        long epoch,
        long pid,
        long processStartMs,
        long heartbeatMs,
        long registeredAtMs,
        int protocolVersion,
        String databaseFile,
        String user,
        String sqliteVersion,
        String dialect,
        Liveness liveness) {

    NameEntry with(final Liveness told) {
        return new NameEntry(
                name,
                state,
                epoch,
                pid,
                processStartMs,
                heartbeatMs,
                registeredAtMs,
                protocolVersion,
                databaseFile,
                user,
                sqliteVersion,
                dialect,
                told);
    }

    NameEntry with(final NameState next) {
        return new NameEntry(
                name,
                next,
                epoch,
                pid,
                processStartMs,
                heartbeatMs,
                registeredAtMs,
                protocolVersion,
                databaseFile,
                user,
                sqliteVersion,
                dialect,
                liveness);
    }

    NameEntry with(final long newEpoch) {
        return new NameEntry(
                name,
                state,
                newEpoch,
                pid,
                processStartMs,
                heartbeatMs,
                registeredAtMs,
                protocolVersion,
                databaseFile,
                user,
                sqliteVersion,
                dialect,
                liveness);
    }

    /**
     * The holder in words, for messages.
     *
     * @return one line.
     */
    public String describe() {
        return name + " (" + state + ", " + liveness + ", epoch=" + epoch + " pid=" + pid + " processStart="
                + Instant.ofEpochMilli(processStartMs) + " since=" + Instant.ofEpochMilli(registeredAtMs)
                + " user=" + user + " file=" + databaseFile + ")";
    }
}
