// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jooq.impl.DSL.constraint;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.SQLDataType.BIGINT;
import static org.jooq.impl.SQLDataType.INTEGER;
import static org.jooq.impl.SQLDataType.LOCALDATE;
import static org.jooq.impl.SQLDataType.LOCALDATETIME;
import static org.jooq.impl.SQLDataType.NUMERIC;
import static org.jooq.impl.SQLDataType.UUID;
import static org.jooq.impl.SQLDataType.VARCHAR;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Record1;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.exception.DataAccessException;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.EnumConverter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** jOOQ with SQLDialect.SQLITE: typed SQL, RETURNING, nested transactions, batches, lazy fetching. */
@Timeout(60)
class JooqTest {
    enum State {
        NEW,
        SENT
    }

    private static final Table<Record> ITEM = table(name("item"));
    private static final Field<Long> ID = field(name("id"), BIGINT.identity(true));
    private static final Field<String> NAME = field(name("name"), VARCHAR.notNull());
    private static final Field<Integer> VERSION =
            field(name("version"), INTEGER.notNull().defaultValue(0));
    private static final Field<BigDecimal> PRICE = field(name("price"), NUMERIC(20, 2));
    private static final Field<State> STATE =
            field(name("state"), VARCHAR.asConvertedDataType(new EnumConverter<>(String.class, State.class)));
    private static final Field<java.util.UUID> CODE = field(name("code"), UUID);
    private static final Field<LocalDate> SINCE = field(name("since"), LOCALDATE);
    private static final Field<LocalDateTime> CHANGED = field(name("changed"), LOCALDATETIME);

    @TempDir
    Path folder;

    private ServedDatabase shop;
    private DSLContext jooq;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        jooq = DSL.using(shop.dataSource(), SQLDialect.SQLITE);
        jooq.createTable(ITEM)
                .columns(ID, NAME, VERSION, PRICE, STATE, CODE, SINCE, CHANGED)
                .constraints(constraint("name_once").unique(NAME))
                .execute();
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    @Test
    void shouldKeepValuesOfAllTypes() {
        final java.util.UUID code = java.util.UUID.fromString("6a1c9c3e-0f5e-4a6b-9c53-5a2d1f0e7b11");
        final LocalDateTime changed = LocalDateTime.of(2026, 11, 21, 23, 59, 58, 123_000_000);
        final Record1<Long> key = jooq.insertInto(ITEM)
                .set(NAME, "cleat")
                .set(PRICE, new BigDecimal("12.50"))
                .set(STATE, State.SENT)
                .set(CODE, code)
                .set(SINCE, LocalDate.of(2026, 11, 21))
                .set(CHANGED, changed)
                .returningResult(ID)
                .fetchOne();
        assertThat(Objects.requireNonNull(key).value1()).isEqualTo(1);
        final Record row = jooq.select(PRICE, STATE, CODE, SINCE, CHANGED)
                .from(ITEM)
                .where(NAME.eq("cleat"))
                .fetchSingle();
        assertThat(row.get(PRICE)).isEqualByComparingTo("12.5");
        assertThat(row.get(STATE)).isEqualTo(State.SENT);
        assertThat(row.get(CODE)).isEqualTo(code);
        assertThat(row.get(SINCE)).isEqualTo("2026-11-21");
        assertThat(row.get(CHANGED)).isEqualTo(changed);
    }

    @Test
    void shouldUndoANestedTransactionAlone() throws SQLException {
        jooq.transaction(outer -> {
            outer.dsl().insertInto(ITEM).set(NAME, "outer").execute();
            assertThatThrownBy(() -> outer.dsl().transaction(inner -> {
                        inner.dsl().insertInto(ITEM).set(NAME, "inner").execute();
                        inner.dsl().insertInto(ITEM).set(NAME, "outer").execute();
                    }))
                    .isInstanceOf(IntegrityConstraintViolationException.class)
                    .hasMessageContaining("SQLITE_CONSTRAINT_UNIQUE");
            outer.dsl().insertInto(ITEM).set(NAME, "after").execute();
        });
        assertThatThrownBy(() -> jooq.transaction(lost -> {
                    lost.dsl().insertInto(ITEM).set(NAME, "lost").execute();
                    throw new DataAccessException("on purpose");
                }))
                .hasMessage("on purpose");
        assertThat(shop.rows("SELECT name FROM item ORDER BY id")).containsExactly("outer", "after");
    }

    @Test
    void shouldWriteInBatchesAndFetchLazily() {
        jooq.transaction(tx -> assertThat(tx.dsl()
                        .batch(IntStream.range(0, 500)
                                .mapToObj(i -> tx.dsl()
                                        .insertInto(ITEM, NAME, PRICE)
                                        .values("item " + i, BigDecimal.valueOf(i)))
                                .toList())
                        .execute())
                .hasSize(500)
                .containsOnly(1));
        assertThat(jooq.batch(jooq.insertInto(ITEM, NAME).values((String) null))
                        .bind("bound 1")
                        .bind("bound 2")
                        .execute())
                .containsExactly(1, 1);
        try (Cursor<Record1<String>> cursor =
                jooq.select(NAME).from(ITEM).orderBy(ID).fetchSize(50).fetchLazy()) {
            assertThat(Objects.requireNonNull(cursor.fetchNext()).value1()).isEqualTo("item 0");
            assertThat(cursor.fetchNext(100)).hasSize(100);
        }
        assertThat(jooq.fetchCount(ITEM)).isEqualTo(502);
    }

    @Test
    void shouldNoticeThatAnotherWasFirst() {
        jooq.insertInto(ITEM).set(NAME, "cleat").execute();
        assertThat(update(0)).isEqualTo(1);
        assertThat(update(0)).as("the version has changed").isZero();
        assertThat(update(1)).isEqualTo(1);
    }

    private int update(int version) {
        return jooq.update(ITEM)
                .set(VERSION, VERSION.plus(1))
                .where(NAME.eq("cleat"))
                .and(VERSION.eq(version))
                .execute();
    }

    @Test
    void shouldUpsert() {
        for (int i = 0; i < 3; i++) {
            jooq.insertInto(ITEM)
                    .set(NAME, "cleat")
                    .onConflict(NAME)
                    .doUpdate()
                    .set(VERSION, VERSION.plus(1))
                    .execute();
        }
        assertThat(jooq.select(VERSION).from(ITEM).fetchSingle().value1()).isEqualTo(2);
    }
}
