// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A status file at a moment. Single values are right; they need not be of one and the same instant.
 *
 * <p>Threading: immutable.
 *
 * @param databaseName of the database.
 * @param databaseFile the SQLite file.
 * @param sqliteVersion of the library.
 * @param dialect of the SQL.
 * @param epoch of the coordinator.
 * @param coordinatorPid its process.
 * @param processStartMs when that started, in milliseconds since 1970.
 * @param createdAtMs when the file was made, in milliseconds since 1970.
 * @param protocolMin the oldest version that it speaks.
 * @param protocolMax the newest version that it speaks.
 * @param state where it is, or was when it died.
 * @param heartbeatNs when it last said that it runs, in the time of CLOCK_MONOTONIC.
 * @param heartbeatAgeNs how long before this snapshot that was.
 * @param requestCycle the roll cycle of the request queues.
 * @param commitSequence the number of the last commit.
 * @param nextClientId the id that the next client gets.
 * @param turnHolder who had the write turn for longer than a commit, or null for nobody.
 * @param counters value by label, in the order of their ids.
 * @param clients the slots that are not FREE.
 * @param errors the distinct errors, oldest first.
 */
public record StatusSnapshot(
        String databaseName,
        String databaseFile,
        String sqliteVersion,
        String dialect,
        long epoch,
        long coordinatorPid,
        long processStartMs,
        long createdAtMs,
        int protocolMin,
        int protocolMax,
        CoordinatorState state,
        long heartbeatNs,
        long heartbeatAgeNs,
        int requestCycle,
        long commitSequence,
        long nextClientId,
        @Nullable TurnHolder turnHolder,
        Map<String, Long> counters,
        List<ClientSnapshot> clients,
        List<ErrorObservation> errors) {}
