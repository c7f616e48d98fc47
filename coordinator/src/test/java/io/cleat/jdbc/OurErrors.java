// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLTransactionRollbackException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * What of our exceptions sqlite-jdbc's cannot be compared with: their SQLStates, and their classes, which go with the codes. Pure functions.
 */
final class OurErrors {
    private static final int BUSY = 5;
    private static final int CONSTRAINT = 19;

    private OurErrors() {}

    /** As {@link SideBySide#outcome}, with a remark when there is something wrong with the exception. */
    static String outcome(Callable<@Nullable Object> action) {
        final StringBuilder remark = new StringBuilder();
        final String outcome = SideBySide.outcome(() -> {
            try {
                return action.call();
            } catch (SQLException e) {
                remark.append(remark(e));
                throw e;
            }
        });
        return outcome + remark;
    }

    private static String remark(SQLException e) {
        final String state = e.getSQLState();
        if (state == null || state.length() != 5) {
            return " SQLState " + state;
        }
        if (e instanceof BatchUpdateException) {
            return "";
        }
        final boolean constraint = e instanceof SQLIntegrityConstraintViolationException && state.equals("23000");
        final boolean busy = e instanceof SQLTransactionRollbackException && state.equals("40001");
        return constraint != (e.getErrorCode() == CONSTRAINT) || busy != (e.getErrorCode() == BUSY)
                ? " " + e.getClass().getName() + " with SQLState " + state
                : "";
    }
}
