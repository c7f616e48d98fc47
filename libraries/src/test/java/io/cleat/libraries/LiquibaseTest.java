// SPDX-License-Identifier: Apache-2.0
package io.cleat.libraries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import liquibase.Contexts;
import liquibase.GlobalConfiguration;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.Scope;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.database.core.SQLiteDatabase;
import liquibase.database.jvm.JdbcConnection;
import liquibase.exception.LiquibaseException;
import liquibase.resource.DirectoryResourceAccessor;
import liquibase.ui.LoggerUIService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Liquibase finds its class for SQLite by the product's name; its lock table makes others wait. */
@Timeout(60)
class LiquibaseTest {
    @TempDir
    Path folder;

    private ServedDatabase shop;
    private Path changes;

    @BeforeEach
    void serve() throws Exception {
        shop = new ServedDatabase(folder);
        changes = Files.createDirectory(folder.resolve("changes"));
        changelog("""
                <changeSet id="1" author="test">
                  <createTable tableName="item">
                    <column name="id" type="INTEGER" autoIncrement="true"><constraints primaryKey="true"/></column>
                    <column name="name" type="VARCHAR(100)"><constraints nullable="false"/></column>
                    <column name="price" type="DECIMAL(10,2)" defaultValueNumeric="1.5"/>
                    <column name="at" type="TIMESTAMP"/>
                  </createTable>
                  <createIndex tableName="item" indexName="by_name" unique="true"><column name="name"/></createIndex>
                </changeSet>
                <changeSet id="2" author="test">
                  <preConditions><tableExists tableName="item"/><columnExists tableName="item" columnName="name"/></preConditions>
                  <insert tableName="item"><column name="name" value="cleat"/></insert>
                  <rollback><delete tableName="item"/></rollback>
                </changeSet>
                """);
    }

    @AfterEach
    void stop() throws SQLException {
        shop.close();
    }

    private void changelog(String changeSets) throws IOException {
        Files.writeString(changes.resolve("changelog.xml"), """
                <databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog"
                    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
                    xsi:schemaLocation="http://www.liquibase.org/xml/ns/dbchangelog
                        http://www.liquibase.org/xml/ns/dbchangelog/dbchangelog-latest.xsd">
                """ + changeSets + "</databaseChangeLog>");
    }

    /** What is done with a Liquibase on a connection of its own. */
    private interface Work {
        void with(Liquibase liquibase) throws LiquibaseException;
    }

    private void liquibase(Work work) throws Exception {
        try (Connection connection =
                DriverManager.getConnection(shop.url() + "&transaction_mode=IMMEDIATE&busy_timeout=30000")) {
            final Database database =
                    DatabaseFactory.getInstance().findCorrectDatabaseImplementation(new JdbcConnection(connection));
            assertThat(database).isInstanceOf(SQLiteDatabase.class);
            final Liquibase liquibase =
                    new Liquibase("changelog.xml", new DirectoryResourceAccessor(changes), database);
            // Without what it tells people on the console; who waits for the lock asks each second.
            final Map<String, Object> settings = Map.of(
                    Scope.Attr.ui.name(),
                    new LoggerUIService(),
                    GlobalConfiguration.CHANGELOGLOCK_POLL_RATE.getKey(),
                    1);
            Scope.child(settings, () -> work.with(liquibase));
        }
    }

    private void update() throws Exception {
        liquibase(liquibase -> liquibase.update(new Contexts(), new LabelExpression()));
    }

    @Test
    void shouldUpdateOnceHoweverOftenItIsAsked() throws Exception {
        update();
        update();
        assertThat(shop.rows("SELECT id, name, price FROM item")).containsExactly("1 cleat 1.5");
        assertThat(shop.rows("SELECT id FROM DATABASECHANGELOG ORDER BY orderexecuted"))
                .containsExactly("1", "2");
        assertThat(shop.value("SELECT locked FROM DATABASECHANGELOGLOCK")).isEqualTo("0");
        liquibase(liquibase -> assertThat(liquibase.listUnrunChangeSets(new Contexts(), new LabelExpression()))
                .isEmpty());
    }

    @Test
    void shouldRollBack() throws Exception {
        update();
        liquibase(liquibase -> liquibase.rollback(2, ""));
        assertThat(shop.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'item'"))
                .isEmpty();
        update();
        assertThat(shop.value("SELECT count(*) FROM item")).isEqualTo("1");
    }

    @Test
    void shouldUndoAChangeSetThatFails() throws Exception {
        update();
        changelog("""
                <changeSet id="3" author="test">
                  <insert tableName="item"><column name="name" value="lost"/></insert>
                  <insert tableName="item"><column name="name" value="cleat"/></insert>
                </changeSet>
                """);
        assertThatThrownBy(this::update)
                .isInstanceOf(LiquibaseException.class)
                .hasMessageContaining("UNIQUE constraint failed: item.name");
        assertThat(shop.rows("SELECT name FROM item")).containsExactly("cleat");
        assertThat(shop.value("SELECT locked FROM DATABASECHANGELOGLOCK")).isEqualTo("0");
    }

    @Test
    void shouldUpdateOnceWhenTwoDoItAtOnce() throws Exception {
        final ExecutorService threads = Executors.newFixedThreadPool(2);
        final List<Future<Void>> done = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                done.add(threads.submit(() -> {
                    update();
                    return null;
                }));
            }
            for (final Future<Void> each : done) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(shop.value("SELECT count(*) FROM item")).isEqualTo("1");
    }
}
