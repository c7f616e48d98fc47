// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jdbi.v3.core.transaction.SerializableTransactionRunner;
import org.jdbi.v3.core.transaction.TransactionIsolationLevel;
import org.jdbi.v3.sqlobject.SqlObjectPlugin;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.GetGeneratedKeys;
import org.jdbi.v3.sqlobject.statement.SqlBatch;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jdbi.v3.sqlobject.transaction.Transaction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jdbi: handles, SQL objects, retried serializable transactions. */
@Timeout(60)
class JdbiTest {
    enum State {
        NEW,
        SENT
    }

    public record Item(
            long id, String name, BigDecimal price, State state, UUID code, LocalDate since, LocalDateTime changed) {}

    @RegisterConstructorMapper(Item.class)
    public interface Items {
        @SqlUpdate("INSERT INTO item(name, price, state, code, since, changed)"
                + " VALUES(:name, :price, :state, :code, :since, :changed)")
        @GetGeneratedKeys
        long insert(@BindMethods Item item);

        @SqlBatch("INSERT INTO item(name) VALUES(?)")
        int[] insertNames(List<String> names);

        @SqlQuery("SELECT * FROM item WHERE id = :id")
        Optional<Item> find(@Bind("id") long id);

        @SqlQuery("SELECT count(*) FROM item")
        long count();

        @Transaction
        default void insertAndFail() {
            insertNames(List.of("lost"));
            throw new IllegalStateException("on purpose");
        }
    }

    @TempDir
    Path folder;

    private ServedDatabase shop;
    private Jdbi jdbi;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        shop.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price TEXT, state TEXT,"
                + " code TEXT, since INTEGER, changed INTEGER)");
        jdbi = Jdbi.create(shop.url()).installPlugin(new SqlObjectPlugin());
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    @Test
    void shouldKeepValuesOfAllTypes() {
        final Item item = new Item(
                1,
                "cleat",
                new BigDecimal("12345678901234567890.10"),
                State.SENT,
                UUID.fromString("6a1c9c3e-0f5e-4a6b-9c53-5a2d1f0e7b11"),
                LocalDate.of(2026, 11, 21),
                LocalDateTime.of(2026, 11, 21, 23, 59, 58, 123_000_000));
        final Items items = jdbi.onDemand(Items.class);
        assertThat(items.insert(item)).isEqualTo(1);
        assertThat(items.find(1)).contains(item);
        assertThat(items.find(2)).isEmpty();
        try (Handle handle = jdbi.open()) {
            assertThat(handle.createQuery("SELECT * FROM item WHERE code = :code")
                            .bind("code", item.code())
                            .map(ConstructorMapper.of(Item.class))
                            .one())
                    .isEqualTo(item);
        }
    }

    @Test
    void shouldWriteInBatchesAndStream() {
        final List<String> names =
                IntStream.range(0, 500).mapToObj(i -> "item " + i).toList();
        assertThat(jdbi.onDemand(Items.class).insertNames(names)).hasSize(500).containsOnly(1);
        jdbi.useHandle(
                handle -> {
                    final PreparedBatch batch = handle.prepareBatch("INSERT INTO item(name) VALUES(:name)");
                    names.forEach(name -> batch.bind("name", "more " + name).add());
                    assertThat(batch.execute()).hasSize(500).containsOnly(1);
                    try (Stream<String> stream = handle
                            .createQuery("SELECT name FROM item ORDER BY id")
                            .setFetchSize(100)
                            .mapTo(String.class)
                            .stream()) {
                        assertThat(stream.limit(600)).hasSize(600).endsWith("more item 99");
                    }
                });
    }

    @Test
    void shouldRollBackWhenABlockThrows() {
        final Items items = jdbi.onDemand(Items.class);
        assertThatThrownBy(items::insertAndFail).hasMessage("on purpose");
        assertThatThrownBy(() -> jdbi.useTransaction(TransactionIsolationLevel.SERIALIZABLE, handle -> {
                    handle.execute("INSERT INTO item(name) VALUES('lost too')");
                    handle.execute("INSERT INTO item(name) VALUES(NULL)");
                }))
                .isInstanceOf(UnableToExecuteStatementException.class)
                .hasMessageContaining("SQLITE_CONSTRAINT_NOTNULL");
        assertThat(items.count()).isZero();
    }

    @Test
    void shouldUndoToASavepoint() throws SQLException {
        jdbi.useTransaction(handle -> {
            handle.execute("INSERT INTO item(name) VALUES('kept')");
            handle.savepoint("before");
            handle.execute("INSERT INTO item(name) VALUES('undone')");
            handle.rollbackToSavepoint("before");
            handle.execute("INSERT INTO item(name) VALUES('kept too')");
        });
        assertThat(shop.rows("SELECT name FROM item ORDER BY id")).containsExactly("kept", "kept too");
    }

    @Test
    void shouldLoseNoUpdateWhenConflictsAreRetried() throws Exception {
        // Jdbi repeats a transaction whose error has SQLState 40001: here, that what it read is not the newest any
        // more.
        jdbi.setTransactionHandler(new SerializableTransactionRunner());
        jdbi.getConfig(SerializableTransactionRunner.Configuration.class).setMaxRetries(100);
        shop.execute("INSERT INTO item(name, price) VALUES('counter', '0')");
        final Callable<Void> increments = () -> {
            for (int i = 0; i < 20; i++) {
                jdbi.useTransaction(TransactionIsolationLevel.SERIALIZABLE, handle -> {
                    final int value = handle.select("SELECT price FROM item WHERE id = 1")
                            .mapTo(Integer.class)
                            .one();
                    handle.execute("UPDATE item SET price = ? WHERE id = 1", value + 1);
                });
            }
            return null;
        };
        final ExecutorService threads = Executors.newFixedThreadPool(4);
        final List<Future<Void>> done = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                done.add(threads.submit(increments));
            }
            for (final Future<Void> each : done) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(shop.value("SELECT price FROM item WHERE id = 1")).isEqualTo("80");
    }
}
