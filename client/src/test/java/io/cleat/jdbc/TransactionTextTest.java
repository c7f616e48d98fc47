// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.jdbc.TransactionText.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is understood of SQL that begins and ends transactions, and that asks the session. */
@Timeout(30)
final class TransactionTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "BEGIN|BEGIN|",
                "begin deferred transaction;|BEGIN|",
                "BEGIN TRANSACTION forgotten|BEGIN|",
                " /* first */ /* and */ Begin Immediate ;; |BEGIN_IMMEDIATE|",
                "BEGIN EXCLUSIVE TRANSACTION|BEGIN_IMMEDIATE|",
                "COMMIT|COMMIT|",
                "END TRANSACTION|COMMIT|",
                "ROLLBACK|ROLLBACK|",
                "rollback transaction|ROLLBACK|",
                "SAVEPOINT a|SAVEPOINT|a",
                "savepoint \"a \"\"b\"|SAVEPOINT|a \"b",
                "SAVEPOINT [x y]|SAVEPOINT|x y",
                "SAVEPOINT 'it''s'|SAVEPOINT|it's",
                "RELEASE a|RELEASE|a",
                "RELEASE SAVEPOINT `q`|RELEASE|q",
                "RELEASE savepoint|RELEASE|savepoint",
                "ROLLBACK TO a|ROLLBACK_TO|a",
                "ROLLBACK TRANSACTION TO SAVEPOINT a/*!*/|ROLLBACK_TO|a",
            })
    void shouldUnderstandWhatBeginsAndEnds(String sql, Kind kind, String name) {
        assertThat(TransactionText.of(sql)).isEqualTo(new TransactionText(kind, name == null ? "" : name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "b",
                ";",
                "SELECT 1",
                "BEGINNING",
                "BEGIN LATER",
                "BEGIN; SELECT 1",
                "COMMIT 1 2",
                "SAVEPOINT",
                "SAVEPOINT a b",
                "SAVEPOINT \"open",
                "ROLLBACK TO",
                "ROLLBACK a",
                "RELEASE",
                "END + 1",
                "REINDEX",
                "SAVEPOINT a, b",
            })
    void shouldLeaveTheRestToSqlite(String sql) {
        assertThat(TransactionText.of(sql)).isNull();
    }

    @Test
    void shouldPassOverCommentsToTheEndOfTheLine() {
        assertThat(TransactionText.of("-- first\n -- COMMIT\nROLLBACK -- last"))
                .isEqualTo(new TransactionText(Kind.ROLLBACK, ""));
    }

    @Test
    void shouldTellWhatAsksTheSession() {
        assertThat(SessionText.isOfSession(" /* x */ pragma foreign_keys")).isTrue();
        assertThat(SessionText.isOfSession("SELECT LAST_INSERT_ROWID()")).isTrue();
        assertThat(SessionText.isOfSession("SELECT total_changes()")).isTrue();
        assertThat(SessionText.isOfSession("SELECT a FROM t")).isFalse();
        assertThat(SessionText.setting("PRAGMA main.Foreign_Keys = ON;"))
                .isEqualTo(new SessionText.Setting("foreign_keys", "ON"));
        assertThat(SessionText.setting("PRAGMA busy_timeout(50)"))
                .isEqualTo(new SessionText.Setting("busy_timeout", "50"));
        assertThat(SessionText.setting("PRAGMA foreign_keys")).isNull();
        assertThat(SessionText.setting("SELECT a = 1")).isNull();
    }
}
