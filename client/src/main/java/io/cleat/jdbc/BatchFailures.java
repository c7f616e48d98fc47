// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.BatchUpdateException;
import java.sql.SQLException;

/** Failures of batches. Thread-safe: pure functions. */
final class BatchFailures {
    private BatchFailures() {}

    /**
     * A failure of an entry.
     *
     * @param vendorCode of the failure.
     * @param counts of the entries that were applied, and perhaps zeros for those that were not.
     * @param cause the failure, which is the next exception too.
     */
    static BatchUpdateException of(String message, int vendorCode, long[] counts, SQLException cause) {
        final int[] small = new int[counts.length];
        for (int i = 0; i < counts.length; i++) {
            small[i] = (int) counts[i];
        }
        final BatchUpdateException failure =
                new BatchUpdateException(message, cause.getSQLState(), vendorCode, small, cause);
        failure.setNextException(cause);
        return failure;
    }
}
