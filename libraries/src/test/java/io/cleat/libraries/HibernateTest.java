// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.jdbc.CleatDriver;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.community.dialect.SQLiteDialect;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hibernate with the community SQLiteDialect: schema creation, identity keys, versions, associations, batches, streams. */
@Timeout(60)
class HibernateTest {
    enum State {
        NEW,
        SENT
    }

    @Entity(name = "Item")
    static class Item {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        @Nullable
        Long id;

        // A long: the schema export of 7.1 leaves the type of an IDENTITY key away when an INTEGER column comes before
        // it.
        @Version
        long version;

        @jakarta.persistence.Column(unique = true, nullable = false)
        @Nullable
        String name;

        @jakarta.persistence.Column(precision = 20, scale = 2)
        @Nullable
        BigDecimal price;

        @Enumerated(EnumType.STRING)
        @Nullable
        State state;

        @Nullable
        UUID code;

        @Nullable
        LocalDate since;

        @Nullable
        LocalDateTime changed;

        @Nullable
        Instant seen;

        @OneToMany(mappedBy = "item", cascade = jakarta.persistence.CascadeType.ALL, orphanRemoval = true)
        List<Note> notes = new ArrayList<>();

        Item() {}

        Item(@Nullable String name) {
            this.name = name;
        }
    }

    @Entity(name = "Note")
    static class Note {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        @Nullable
        Long id;

        @ManyToOne
        @Nullable
        Item item;

        @Nullable
        String text;

        Note() {}

        Note(Item item, String text) {
            this.item = item;
            this.text = text;
        }
    }

    @TempDir
    Path folder;

    private ServedDatabase shop;
    private SessionFactory sessions;

    @BeforeEach
    void serve() throws SQLException {
        shop = new ServedDatabase(folder);
        sessions = sessions("create");
    }

    @AfterEach
    void stop() throws SQLException {
        sessions.close();
        shop.close();
    }

    private SessionFactory sessions(String schemaAction) {
        return new Configuration()
                .addAnnotatedClass(Item.class)
                .addAnnotatedClass(Note.class)
                .setProperty("hibernate.connection.driver_class", CleatDriver.class.getName())
                .setProperty("hibernate.connection.url", shop.url())
                .setProperty("hibernate.dialect", SQLiteDialect.class.getName())
                .setProperty("hibernate.hbm2ddl.auto", schemaAction)
                .setProperty("hibernate.jdbc.batch_size", 50)
                .buildSessionFactory();
    }

    @Test
    void shouldKeepValuesOfAllTypes() {
        final Item item = new Item("cleat");
        item.price = new BigDecimal("12.50");
        item.state = State.SENT;
        item.code = UUID.fromString("6a1c9c3e-0f5e-4a6b-9c53-5a2d1f0e7b11");
        item.since = LocalDate.of(2026, 11, 21);
        item.changed = LocalDateTime.of(2026, 11, 21, 23, 59, 58, 123_000_000);
        item.seen = Instant.parse("2026-11-21T23:59:58.123Z");
        item.notes.add(new Note(item, "made of steel"));
        item.notes.add(new Note(item, "on deck"));
        sessions.inTransaction(session -> session.persist(item));
        assertThat(item.id).as("generated key").isEqualTo(1);
        sessions.inSession(session -> {
            final Item found = session.find(Item.class, 1L);
            assertThat(found)
                    .usingRecursiveComparison()
                    .ignoringFields("notes", "price")
                    .isEqualTo(item);
            assertThat(found.price).isEqualByComparingTo("12.5");
            assertThat(found.notes).extracting(note -> note.text).containsExactly("made of steel", "on deck");
            assertThat(session.createSelectionQuery(
                                    "select count(n) from Note n where n.item.since = :day and n.text like 'made%'",
                                    Long.class)
                            .setParameter("day", LocalDate.of(2026, 11, 21))
                            .getSingleResult())
                    .isEqualTo(1);
        });
    }

    @Test
    void shouldNoticeThatAnotherSessionWasFirst() {
        sessions.inTransaction(session -> session.persist(new Item("cleat")));
        final Item stale = sessions.fromSession(session -> session.find(Item.class, 1L));
        sessions.inTransaction(session -> session.find(Item.class, 1L).name = "newer");
        stale.name = "older";
        assertThatThrownBy(() -> sessions.inTransaction(session -> session.merge(stale)))
                .isInstanceOf(OptimisticLockException.class);
        assertThat(sessions.<Item>fromSession(session -> session.find(Item.class, 1L)).name)
                .isEqualTo("newer");
    }

    @Test
    void shouldRefuseToWriteWhenWhatATransactionHasReadIsOld() {
        sessions.inTransaction(session -> session.persist(new Item("cleat")));
        assertThatThrownBy(() -> sessions.inTransaction(mine -> {
                    final Item item = mine.find(Item.class, 1L);
                    sessions.inTransaction(theirs -> theirs.find(Item.class, 1L).name = "theirs");
                    item.name = "mine";
                }))
                .rootCause()
                .hasMessageContaining("SQLITE_BUSY_SNAPSHOT");
        assertThat(sessions.<Item>fromSession(session -> session.find(Item.class, 1L)).name)
                .isEqualTo("theirs");
    }

    @Test
    void shouldRollBackWhenTheBlockThrows() throws SQLException {
        assertThatThrownBy(() -> sessions.inTransaction(session -> {
                    session.persist(new Item("cleat"));
                    session.persist(new Item("cleat"));
                }))
                .isInstanceOf(ConstraintViolationException.class)
                .satisfies(e -> assertThat(((ConstraintViolationException) e).getSQLState())
                        .isEqualTo("23000"));
        assertThatThrownBy(() -> sessions.inTransaction(session -> {
                    session.persist(new Item("lost"));
                    session.flush();
                    throw new IllegalStateException("on purpose");
                }))
                .hasMessage("on purpose");
        assertThat(shop.value("SELECT count(*) FROM Item")).isEqualTo("0");
    }

    @Test
    void shouldWriteInBatchesAndStream() {
        sessions.inTransaction(session -> {
            for (int i = 0; i < 200; i++) {
                session.persist(new Item("item " + i));
            }
        });
        sessions.inTransaction(session -> {
            // Updates go in JDBC batches; each one's count is checked against the version.
            session.createSelectionQuery("from Item", Item.class)
                    .getResultList()
                    .forEach(item -> item.state = State.NEW);
        });
        sessions.inSession(session -> {
            try (Stream<Item> items = session.createSelectionQuery("from Item order by id", Item.class)
                    .setFetchSize(20)
                    .getResultStream()) {
                assertThat(items.limit(50).filter(item -> item.version == 1 && item.state == State.NEW))
                        .hasSize(50);
            }
            assertThat(session.createSelectionQuery("from Item order by id", Item.class)
                            .setFirstResult(100)
                            .setMaxResults(10)
                            .getResultList())
                    .extracting(item -> item.name)
                    .hasSize(10)
                    .startsWith("item 100");
        });
    }

    @Test
    void shouldAddWhatItsSchemaLacks() throws SQLException {
        // It asks the driver's metadata for tables, columns and keys.
        shop.execute("ALTER TABLE Item DROP COLUMN seen", "DROP TABLE Note");
        sessions("update").close();
        assertThat(shop.rows("SELECT name FROM pragma_table_info('Item') WHERE name = 'seen'"))
                .containsExactly("seen");
        assertThat(shop.rows("SELECT count(*) FROM Note")).containsExactly("0");
    }
}
