// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.RequestId;
import io.cleat.SqlException;
import io.cleat.TransactionLostException;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLRecoverableException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTransactionRollbackException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What JDBC's users are told. */
@Timeout(30)
final class JdbcErrorsTest {
    @Test
    void shouldWordAConstraintAsSqliteJdbcDoes() {
        final SqlException cause = new SqlException(
                "[SQLITE_CONSTRAINT_UNIQUE] UNIQUE constraint failed: t.a",
                2067,
                -1,
                Outcome.NOT_APPLIED,
                "x",
                null,
                null);
        cause.of(new RequestId(3, 4));
        final SQLException failure = JdbcErrors.of(cause);
        assertThat(failure.getMessage())
                .isEqualTo("[SQLITE_CONSTRAINT_UNIQUE] A UNIQUE constraint failed (UNIQUE constraint failed: t.a)");
        assertThat(failure.getErrorCode()).isEqualTo(19);
        assertThat(failure.getSQLState()).isEqualTo("23000");
        assertThat(failure.getClass()).isEqualTo(SQLIntegrityConstraintViolationException.class);
        assertThat(failure.getCause()).isSameAs(cause);
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(RequestException.class, request -> assertThat(request.requestId())
                        .isEqualTo(new RequestId(3, 4)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1|near \"x\": syntax error|42000|SQLSyntaxErrorException",
                "1|no such table: t|42000|SQLSyntaxErrorException",
                "1|no such savepoint: s|3B001|SQLException",
                "1|cannot commit - no transaction is active|25000|SQLException",
                "1|integer overflow|22000|SQLDataException",
                "5|database is locked|40001|SQLTransactionRollbackException",
                "517|database is locked|40001|SQLTransactionRollbackException",
                "262|x|40001|SQLTransactionRollbackException",
                "8|x|25006|SQLNonTransientException",
                "9|interrupted|57014|SQLNonTransientException",
                "13|x|53100|SQLNonTransientException",
                "18|x|22001|SQLDataException",
                "20|datatype mismatch|22000|SQLDataException",
                "23|not authorized|42501|SQLSyntaxErrorException",
                "11|x|HY000|SQLException",
                "12345|x|HY000|SQLException",
            })
    void shouldGiveEachResultCodeAStateAndAClass(int code, String text, String state, String type) {
        final SQLException failure = JdbcErrors.sqlite(code, text, null);
        assertThat(failure.getSQLState()).isEqualTo(state);
        assertThat(failure.getErrorCode()).isEqualTo(code & 0xFF);
        assertThat(failure.getClass().getSimpleName()).isEqualTo(type);
        assertThat(failure.getMessage()).startsWith("[").endsWith(" (" + text + ")");
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void shouldMapEveryErrorOfCleat(ErrorCode code) {
        final CleatException cause = new CleatException(code, "what happened");
        final SQLException failure = JdbcErrors.of(cause);
        assertThat(failure.getCause()).isSameAs(cause);
        assertThat(failure.getSQLState()).hasSize(5);
        assertThat(failure.getErrorCode()).isPositive();
        assertThat(failure.getMessage())
                .startsWith("[SQLITE_")
                .endsWith(code == ErrorCode.CANCELLED ? "(interrupted)" : "(what happened)");
    }

    @Test
    void shouldSayRepeatOnlyWhenNothingWasApplied() {
        assertThat(JdbcErrors.of(lost(Outcome.NOT_APPLIED)).getClass())
                .isEqualTo(SQLTransactionRollbackException.class);
        assertThat(JdbcErrors.of(lost(Outcome.NOT_APPLIED)).getSQLState()).isEqualTo("40001");
        assertThat(JdbcErrors.of(lost(Outcome.UNKNOWN)).getClass()).isEqualTo(SQLRecoverableException.class);
        assertThat(JdbcErrors.of(lost(Outcome.UNKNOWN)).getSQLState()).isEqualTo("08007");
    }

    private static TransactionLostException lost(Outcome outcome) {
        return new TransactionLostException("lost", outcome, null, null, null);
    }

    @Test
    void shouldNotTakeASyntaxErrorForSomethingToRepeat() {
        assertThat(JdbcErrors.sqlite(1, "no such column: x", null).getClass()).isEqualTo(SQLSyntaxErrorException.class);
    }
}
