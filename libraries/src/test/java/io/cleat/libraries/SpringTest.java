// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** Spring's JdbcTemplate and JdbcClient, transactions by template and by annotation. */
@Timeout(60)
class SpringTest {
    record Item(long id, String name, double price) {}

    /** A service as applications have them. */
    interface Orders {
        @Transactional
        void order(String name, int quantity);

        @Transactional(readOnly = true)
        long ordered(String name);
    }

    static final class JdbcOrders implements Orders {
        private final JdbcTemplate jdbc;

        JdbcOrders(DataSource dataSource) {
            jdbc = new JdbcTemplate(dataSource);
        }

        @Override
        public void order(String name, int quantity) {
            jdbc.update("INSERT INTO item(name, price) VALUES(?, ?)", name, quantity);
            if (quantity < 0) {
                throw new IllegalArgumentException("less than nothing: quantity=" + quantity);
            }
        }

        @Override
        public long ordered(String name) {
            return Objects.requireNonNull(
                    jdbc.queryForObject("SELECT count(*) FROM item WHERE name = ?", Long.class, name));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Application {
        @Bean
        PlatformTransactionManager transactionManager(DataSource dataSource) {
            return new JdbcTransactionManager(dataSource);
        }

        @Bean
        Orders orders(DataSource dataSource) {
            return new JdbcOrders(dataSource);
        }
    }

    @TempDir
    Path folder;

    private ServedDatabase shop;
    private JdbcTemplate jdbc;
    private TransactionTemplate transaction;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        shop.execute(
                "CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL NOT NULL CHECK(price <> 13))");
        final DataSource dataSource = shop.dataSource();
        jdbc = new JdbcTemplate(dataSource);
        transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    @Test
    void shouldReadWhatItWrote() {
        assertThat(jdbc.update("INSERT INTO item(name, price) VALUES(?, ?)", "cleat", 12.5))
                .isEqualTo(1);
        assertThat(jdbc.query(
                        "SELECT id, name, price FROM item",
                        (row, number) -> new Item(row.getLong("id"), row.getString("name"), row.getDouble("price"))))
                .containsExactly(new Item(1, "cleat", 12.5));
        assertThat(jdbc.queryForMap("SELECT * FROM item"))
                .containsExactlyInAnyOrderEntriesOf(Map.of("id", 1, "name", "cleat", "price", 12.5));
        assertThat(new NamedParameterJdbcTemplate(jdbc)
                        .queryForList(
                                "SELECT name FROM item WHERE name IN (:names)",
                                Map.of("names", List.of("cleat", "bollard")),
                                String.class))
                .containsExactly("cleat");
        final JdbcClient client = JdbcClient.create(jdbc);
        assertThat(client.sql("SELECT id, name, price FROM item WHERE price > :least")
                        .param("least", 10)
                        .query(Item.class)
                        .single())
                .isEqualTo(new Item(1, "cleat", 12.5));
    }

    @Test
    void shouldGiveGeneratedKeys() {
        final GeneratedKeyHolder keys = new GeneratedKeyHolder();
        jdbc.update("INSERT INTO item(name, price) VALUES('first', 1)");
        jdbc.update(
                connection -> {
                    final PreparedStatement insert = connection.prepareStatement(
                            "INSERT INTO item(name, price) VALUES(?, ?)", Statement.RETURN_GENERATED_KEYS);
                    insert.setString(1, "second");
                    insert.setDouble(2, 2);
                    return insert;
                },
                keys);
        assertThat(Objects.requireNonNull(keys.getKey()).longValue()).isEqualTo(2);
    }

    @Test
    void shouldInsertByTableName() {
        // Spring asks the driver's metadata for the columns.
        final SimpleJdbcInsert insert =
                new SimpleJdbcInsert(jdbc).withTableName("item").usingGeneratedKeyColumns("id");
        assertThat(insert.executeAndReturnKey(Map.of("name", "cleat", "price", 3))
                        .longValue())
                .isEqualTo(1);
        assertThat(jdbc.queryForObject("SELECT name FROM item WHERE id = 1", String.class))
                .isEqualTo("cleat");
    }

    @Test
    void shouldWriteInBatches() {
        final List<Object[]> rows = IntStream.range(0, 1000)
                .mapToObj(i -> new Object[] {"item " + i, i + 0.5})
                .toList();
        final int[] counts = Objects.requireNonNull(
                transaction.execute(status -> jdbc.batchUpdate("INSERT INTO item(name, price) VALUES(?, ?)", rows)));
        assertThat(counts).hasSize(1000).containsOnly(1);
        jdbc.setFetchSize(100);
        try (Stream<String> names =
                jdbc.queryForStream("SELECT name FROM item ORDER BY id", (row, number) -> row.getString(1))) {
            assertThat(names.limit(500).collect(Collectors.toList()))
                    .hasSize(500)
                    .endsWith("item 499");
        }
    }

    @Test
    void shouldTranslateErrors() {
        jdbc.update("INSERT INTO item(name, price) VALUES('cleat', 1)");
        assertThatThrownBy(() -> jdbc.update("INSERT INTO item(name, price) VALUES('cleat', 2)"))
                .isInstanceOf(DataIntegrityViolationException.class)
                .hasMessageContaining("SQLITE_CONSTRAINT_UNIQUE");
        assertThatThrownBy(() -> jdbc.update("INSERT INTO item(name, price) VALUES('bollard', 13)"))
                .isInstanceOf(DataIntegrityViolationException.class);
        assertThatThrownBy(() -> jdbc.update("INSERT INTO nowhere VALUES(1)"))
                .isInstanceOf(BadSqlGrammarException.class)
                .rootCause()
                .hasMessageContaining("no such table");
    }

    @Test
    void shouldRollBackWhenTheBlockThrows() {
        assertThatThrownBy(() -> transaction.executeWithoutResult(status -> {
                    jdbc.update("INSERT INTO item(name, price) VALUES('lost', 1)");
                    throw new IllegalStateException("on purpose");
                }))
                .hasMessage("on purpose");
        transaction.executeWithoutResult(status -> {
            jdbc.update("INSERT INTO item(name, price) VALUES('lost too', 1)");
            status.setRollbackOnly();
        });
        transaction.executeWithoutResult(status -> jdbc.update("INSERT INTO item(name, price) VALUES('kept', 1)"));
        assertThat(jdbc.queryForList("SELECT name FROM item", String.class)).containsExactly("kept");
    }

    @Test
    void shouldUndoANestedTransactionAlone() {
        final TransactionTemplate nested =
                new TransactionTemplate(Objects.requireNonNull(transaction.getTransactionManager()));
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);
        transaction.executeWithoutResult(outer -> {
            jdbc.update("INSERT INTO item(name, price) VALUES('outer', 1)");
            assertThatThrownBy(() -> nested.executeWithoutResult(inner -> {
                        jdbc.update("INSERT INTO item(name, price) VALUES('inner', 1)");
                        throw new IllegalStateException("only the inner one");
                    }))
                    .hasMessage("only the inner one");
        });
        assertThat(jdbc.queryForList("SELECT name FROM item", String.class)).containsExactly("outer");
    }

    @Test
    void shouldRunAnnotatedServicesInTransactions() {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            context.registerBean(DataSource.class, shop::dataSource);
            context.register(Application.class);
            context.refresh();
            final Orders orders = context.getBean(Orders.class);
            orders.order("cleat", 3);
            assertThatThrownBy(() -> orders.order("bollard", -1)).hasMessageContaining("quantity=-1");
            assertThat(orders.ordered("cleat")).isEqualTo(1);
            assertThat(orders.ordered("bollard")).isZero();
        }
    }
}
