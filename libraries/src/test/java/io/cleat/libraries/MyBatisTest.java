// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.cursor.Cursor;
import org.apache.ibatis.exceptions.PersistenceException;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.session.Configuration;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.session.TransactionIsolationLevel;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;
import org.apache.ibatis.type.BaseTypeHandler;
import org.apache.ibatis.type.JdbcType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MyBatis: mappers, generated keys, the batch executor, cursors, optimistic locking by hand. */
@Timeout(60)
class MyBatisTest {
    enum State {
        NEW,
        SENT
    }

    /** A bean as MyBatis fills them. */
    public static class Item {
        public long id;
        public int version;
        public @Nullable String name;
        public @Nullable BigDecimal price;
        public @Nullable State state;
        public @Nullable UUID code;
        public @Nullable LocalDate since;
        public @Nullable LocalDateTime changed;
        public @Nullable Instant seen;
    }

    public interface Items {
        @Insert("INSERT INTO item(name, price, state, code, since, changed, seen)"
                + " VALUES(#{name}, #{price}, #{state}, #{code}, #{since}, #{changed}, #{seen})")
        @Options(useGeneratedKeys = true, keyProperty = "id")
        int insert(Item item);

        @Select("SELECT * FROM item WHERE id = #{id}")
        @Nullable
        Item find(long id);

        @Update("UPDATE item SET name = #{item.name}, version = version + 1"
                + " WHERE id = #{item.id} AND version = #{item.version}")
        int update(@Param("item") Item item);

        @Select("SELECT * FROM item ORDER BY id")
        @Options(fetchSize = 100)
        Cursor<Item> all();

        @Select("SELECT count(*) FROM item")
        long count();
    }

    /** MyBatis has none for UUIDs; every database needs one. */
    public static class UuidAsText extends BaseTypeHandler<UUID> {
        @Override
        public void setNonNullParameter(PreparedStatement statement, int index, UUID value, JdbcType type)
                throws SQLException {
            statement.setString(index, value.toString());
        }

        @Override
        public @Nullable UUID getNullableResult(ResultSet results, String column) throws SQLException {
            return of(results.getString(column));
        }

        @Override
        public @Nullable UUID getNullableResult(ResultSet results, int column) throws SQLException {
            return of(results.getString(column));
        }

        @Override
        public @Nullable UUID getNullableResult(CallableStatement statement, int column) throws SQLException {
            return of(statement.getString(column));
        }

        private static @Nullable UUID of(@Nullable String text) {
            return text == null ? null : UUID.fromString(text);
        }
    }

    @TempDir
    Path folder;

    private ServedDatabase shop;
    private SqlSessionFactory sessions;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        shop.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, version INTEGER NOT NULL DEFAULT 0, name TEXT NOT NULL,"
                + " price TEXT, state TEXT, code TEXT, since INTEGER, changed INTEGER, seen INTEGER)");
        final Configuration configuration =
                new Configuration(new Environment("test", new JdbcTransactionFactory(), shop.dataSource()));
        configuration.getTypeHandlerRegistry().register(UUID.class, new UuidAsText());
        configuration.addMapper(Items.class);
        sessions = new SqlSessionFactoryBuilder().build(configuration);
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    private static Item named(String name) {
        final Item item = new Item();
        item.name = name;
        return item;
    }

    @Test
    void shouldKeepValuesOfAllTypes() {
        final Item item = named("cleat");
        item.price = new BigDecimal("12345678901234567890.10");
        item.state = State.SENT;
        item.code = UUID.fromString("6a1c9c3e-0f5e-4a6b-9c53-5a2d1f0e7b11");
        item.since = LocalDate.of(2026, 11, 21);
        item.changed = LocalDateTime.of(2026, 11, 21, 23, 59, 58, 123_000_000);
        item.seen = Instant.parse("2026-11-21T23:59:58.123Z");
        try (SqlSession session = sessions.openSession()) {
            session.getMapper(Items.class).insert(item);
            session.commit();
        }
        assertThat(item.id).as("generated key").isEqualTo(1);
        try (SqlSession session = sessions.openSession()) {
            assertThat(session.getMapper(Items.class).find(1))
                    .usingRecursiveComparison()
                    .isEqualTo(item);
            assertThat(session.getMapper(Items.class).find(2)).isNull();
        }
    }

    @Test
    void shouldRollBackWhatWasNotCommitted() {
        try (SqlSession session = sessions.openSession(TransactionIsolationLevel.SERIALIZABLE)) {
            session.getMapper(Items.class).insert(named("lost"));
            assertThatThrownBy(() -> session.getMapper(Items.class).insert(new Item()))
                    .isInstanceOf(PersistenceException.class)
                    .hasMessageContaining("SQLITE_CONSTRAINT_NOTNULL");
        }
        try (SqlSession session = sessions.openSession()) {
            session.getMapper(Items.class).insert(named("undone"));
            session.rollback();
            assertThat(session.getMapper(Items.class).count()).isZero();
        }
    }

    @Test
    void shouldWriteInBatchesAndReadByCursor() throws Exception {
        final List<Item> written = new ArrayList<>();
        try (SqlSession session = sessions.openSession(ExecutorType.BATCH)) {
            for (int i = 0; i < 1000; i++) {
                final Item item = named("item " + i);
                session.getMapper(Items.class).insert(item);
                written.add(item);
            }
            session.flushStatements();
            session.commit();
        }
        try (SqlSession session = sessions.openSession();
                Cursor<Item> all = session.getMapper(Items.class).all()) {
            int count = 0;
            for (final Item item : all) {
                assertThat(item.name).isEqualTo("item " + count);
                count++;
            }
            assertThat(count).isEqualTo(written.size());
        }
    }

    @Test
    void shouldNoticeThatAnotherSessionWasFirst() {
        try (SqlSession session = sessions.openSession(true)) {
            session.getMapper(Items.class).insert(named("cleat"));
        }
        final Item mine = find(1);
        final Item theirs = find(1);
        try (SqlSession session = sessions.openSession(true)) {
            assertThat(session.getMapper(Items.class).update(theirs)).isEqualTo(1);
            assertThat(session.getMapper(Items.class).update(mine)).isZero();
        }
    }

    private Item find(long id) {
        try (SqlSession session = sessions.openSession()) {
            final @Nullable Item item = session.getMapper(Items.class).find(id);
            assertThat(item).isNotNull();
            return Objects.requireNonNull(item);
        }
    }
}
