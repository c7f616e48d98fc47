// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
final class ConstraintNamesTest {
    @Test
    void shouldFindNoNameWhenThereIsNone() {
        final ConstraintNames names = ConstraintNames.of("CREATE TABLE t(a INT PRIMARY KEY, b REFERENCES u(x))");
        assertThat(names.primaryKey()).isNull();
        assertThat(names.foreignKey(0)).isNull();
        assertThat(names.foreignKey(1)).isNull();
        assertThat(ConstraintNames.of(null).primaryKey()).isNull();
        assertThat(ConstraintNames.of("").primaryKey()).isNull();
        assertThat(ConstraintNames.of("CREATE TABLE t(a CONSTRAINT").primaryKey())
                .isNull();
    }

    @Test
    void shouldCountForeignKeysFromTheLastWhenTheyAreOfColumnsAndOfTheTable() {
        final ConstraintNames names = ConstraintNames.of("create table t(a int constraint one references u(x) on delete"
                + " cascade, b int references v, constraint pk primary key (a, b), constraint two foreign key (a, b)"
                + " references w(p, q) match full deferrable, foreign key (b) references u)");
        assertThat(names.primaryKey()).isEqualTo("pk");
        assertThat(names.foreignKey(0)).isNull();
        assertThat(names.foreignKey(1)).isEqualTo("two");
        assertThat(names.foreignKey(2)).isNull();
        assertThat(names.foreignKey(3)).isEqualTo("one");
    }

    @Test
    void shouldGiveNameToNextConstraintOnlyWhenOthersFollow() {
        final ConstraintNames names = ConstraintNames.of("CREATE TABLE t(a CONSTRAINT nn NOT NULL PRIMARY KEY, b"
                + " CONSTRAINT c CHECK (b > 0) REFERENCES u, c CONSTRAINT x CONSTRAINT y REFERENCES u, CONSTRAINT q UNIQUE (b),"
                + " FOREIGN KEY (a) REFERENCES u)");
        assertThat(names.primaryKey()).isNull();
        assertThat(names.foreignKey(0)).isNull();
        assertThat(names.foreignKey(1)).isEqualTo("y");
        assertThat(names.foreignKey(2)).isNull();
    }

    @Test
    void shouldUnquoteNamesWhenTheyAreInAnyQuotes() {
        assertThat(primaryKey("\"a \"\"b\"\" c\"")).isEqualTo("a \"b\" c");
        assertThat(primaryKey("[a b]")).isEqualTo("a b");
        assertThat(primaryKey("`a``b`")).isEqualTo("a`b");
        assertThat(primaryKey("'a''b'")).isEqualTo("a'b");
        assertThat(primaryKey("größe")).isEqualTo("größe");
        assertThat(primaryKey("x")).isEqualTo("x");
    }

    private static String primaryKey(String name) {
        return String.valueOf(ConstraintNames.of("CREATE TABLE t(a, CONSTRAINT " + name + " PRIMARY KEY(a))")
                .primaryKey());
    }

    @Test
    void shouldReadOnlyConstraintsWhenTheirWordsAreElsewhere() {
        final ConstraintNames names = ConstraintNames.of(
                "CREATE TABLE \"primary\"(\"constraint\" TEXT DEFAULT 'PRIMARY KEY,"
                        + " CONSTRAINT wrong REFERENCES u', -- CONSTRAINT wrong REFERENCES u\n \"references\" INT /* PRIMARY KEY */ CHECK"
                        + " (\"references\" IN (SELECT 1 WHERE 'foreign' <> 'references')), CONSTRAINT /* here */ pk /* it */ PRIMARY -- is\n"
                        + " KEY (\"references\"), CONSTRAINT fk FOREIGN KEY (\"constraint\") REFERENCES \"foreign\"(\"primary\"))");
        assertThat(names.primaryKey()).isEqualTo("pk");
        assertThat(names.foreignKey(0)).isEqualTo("fk");
        assertThat(names.foreignKey(1)).isNull();
    }
}
