// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class EffectTest {
    @Test
    void shouldOnlyCallHarmlessWhatCannotWrite() {
        for (String sql :
                List.of("SELECT 1", "\n  select * from t", "VALUES(1)", "WITH n(i) AS (SELECT 1) SELECT i FROM n")) {
            assertThat(Effect.of(sql)).as(sql).isEqualTo(Effect.NONE);
        }
        for (String sql : List.of(
                "INSERT INTO t VALUES(1) RETURNING a",
                " update t SET a=1",
                "DELETE FROM t",
                "REPLACE INTO t VALUES(1)")) {
            assertThat(Effect.of(sql)).as(sql).isEqualTo(Effect.WRITES);
        }
        // A comment in front, or a WITH that may belong to either, takes a parser to tell.
        for (String sql : List.of(
                "WITH n AS (SELECT 1) Insert INTO t SELECT * FROM n",
                "/* SELECT */ DELETE FROM t",
                "PRAGMA user_version=1",
                "")) {
            assertThat(Effect.of(sql)).as(sql).isEqualTo(Effect.UNKNOWN);
        }
    }
}
