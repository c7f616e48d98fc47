// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.querydsl.core.QueryException;
import com.querydsl.core.Tuple;
import com.querydsl.core.types.Projections;
import com.querydsl.core.types.dsl.DateTimePath;
import com.querydsl.core.types.dsl.NumberPath;
import com.querydsl.core.types.dsl.StringPath;
import com.querydsl.sql.Configuration;
import com.querydsl.sql.RelationalPathBase;
import com.querydsl.sql.SQLQueryFactory;
import com.querydsl.sql.SQLiteTemplates;
import com.querydsl.sql.dml.SQLInsertClause;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Querydsl SQL with SQLiteTemplates: typed queries, keys, batches, a transaction on one connection. */
@Timeout(60)
class QuerydslTest {
    /** What its code generator would make of the table. */
    static final class QItem extends RelationalPathBase<QItem> {
        static final QItem ITEM = new QItem("item");

        final NumberPath<Long> id = createNumber("id", Long.class);
        final StringPath name = createString("name");
        final NumberPath<Double> price = createNumber("price", Double.class);
        final DateTimePath<Timestamp> changed = createDateTime("changed", Timestamp.class);

        private QItem(String table) {
            super(QItem.class, table, null, table);
            createPrimaryKey(id);
        }
    }

    public record Priced(String name, Double price) {}

    private static final QItem ITEM = QItem.ITEM;

    @TempDir
    Path folder;

    private ServedDatabase shop;
    private Connection connection;
    private SQLQueryFactory queries;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        shop.execute(
                "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL, changed INTEGER)");
        connection = DriverManager.getConnection(shop.url());
        queries = new SQLQueryFactory(new Configuration(new SQLiteTemplates()), () -> connection);
    }

    @AfterEach
    void stop() throws SQLException {
        connection.close();
        shop.close();
    }

    @Test
    void shouldReadWhatItWrote() {
        final Timestamp changed = Timestamp.from(Instant.parse("2026-11-21T23:59:58.123Z"));
        final Long id = queries.insert(ITEM)
                .set(ITEM.name, "cleat")
                .set(ITEM.price, 12.5)
                .set(ITEM.changed, changed)
                .executeWithKey(ITEM.id);
        assertThat(id).isEqualTo(1);
        final Tuple row = queries.select(ITEM.name, ITEM.changed)
                .from(ITEM)
                .where(ITEM.price.between(10, 20), ITEM.name.startsWith("cl"))
                .fetchOne();
        assertThat(row).isNotNull().satisfies(it -> {
            assertThat(it.get(ITEM.name)).isEqualTo("cleat");
            assertThat(it.get(ITEM.changed)).isEqualTo(changed);
        });
        assertThat(queries.update(ITEM).set(ITEM.price, ITEM.price.multiply(2)).execute())
                .isEqualTo(1);
        assertThat(queries.select(Projections.constructor(Priced.class, ITEM.name, ITEM.price))
                        .from(ITEM)
                        .fetch())
                .containsExactly(new Priced("cleat", 25.0));
    }

    @Test
    void shouldWriteInBatchesAndStream() {
        final SQLInsertClause insert = queries.insert(ITEM);
        for (int i = 0; i < 200; i++) {
            insert.set(ITEM.name, "item " + i).set(ITEM.price, i + 0.5).addBatch();
        }
        assertThat(insert.execute()).isEqualTo(200);
        try (Stream<String> names = queries.select(ITEM.name).from(ITEM).orderBy(ITEM.id.asc()).stream()) {
            assertThat(names.limit(50)).hasSize(50).endsWith("item 49");
        }
        assertThat(queries.select(ITEM.price.sumAggregate()).from(ITEM).fetchOne())
                .isEqualTo(20_000.0);
    }

    @Test
    void shouldRollBackWhenAStatementFails() throws SQLException {
        connection.setAutoCommit(false);
        queries.insert(ITEM).set(ITEM.name, "cleat").execute();
        assertThatThrownBy(() -> queries.insert(ITEM).set(ITEM.name, "cleat").execute())
                .isInstanceOf(QueryException.class)
                .cause()
                .hasMessageContaining("SQLITE_CONSTRAINT_UNIQUE");
        connection.rollback();
        connection.setAutoCommit(true);
        assertThat(queries.select(ITEM.id.count()).from(ITEM).fetchOne()).isZero();
    }
}
