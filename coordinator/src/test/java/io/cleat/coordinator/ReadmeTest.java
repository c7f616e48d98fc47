// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.LiveSubscription;
import io.cleat.TableUpdate;
import io.cleat.UpdateKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of README.md is this test's, line by line, but for where the files are. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
@SuppressWarnings("NullAway") // set before each test
class ReadmeTest {
    @TempDir
    Path folder;

    private CoordinatorContext options;
    private ClientContext where;

    @BeforeEach
    void choosePlaces() {
        options = new CoordinatorContext("shop")
                .databaseFile(folder.resolve("shop.db"))
                .directory(folder.resolve("dir"));
        where = new ClientContext().name("shop").directory(folder.resolve("dir"));
    }

    @Test
    @SuppressWarnings("try") // the coordinator is there to serve, not to be called
    void shouldPrintWhatTheReadmeSays() {
        final List<String> printed = new ArrayList<>();
        // example: begin
        try (Coordinator owner = Coordinator.launch(options);
                Database shop = Database.open(where)) {
            shop.script("CREATE TABLE IF NOT EXISTS item(id INTEGER PRIMARY KEY, name TEXT, price REAL)");
            shop.update("INSERT INTO item(name, price) VALUES(?, ?)", "cleat", 12.5);
            shop.inTransaction(tx -> tx.update("UPDATE item SET price = price * 2 WHERE name = ?", "cleat"));
            for (String line :
                    shop.query("SELECT name, price FROM item", row -> row.getText(0) + " " + row.getText(1))) {
                printed.add(line);
            }
        }
        // example: end
        assertThat(printed).containsExactly("cleat 25.0");
    }

    @Test
    @SuppressWarnings("try") // the coordinator is there to serve, not to be called
    void shouldTellWhatTheReadmeSaysWhenSomethingChanges() {
        final List<Object> printed = new CopyOnWriteArrayList<>();
        try (Coordinator owner = Coordinator.launch(options);
                Database shop = Database.open(where)) {
            shop.script("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, price REAL)");
            // live example: begin
            LiveSubscription live = shop.watch("SELECT name, price FROM item", row -> row.getText(0))
                    .listen(names -> printed.add(names));
            LiveSubscription updates = shop.updates("item").listen(update -> printed.add(update.tables()));
            // live example: end
            await().atMost(20, SECONDS).until(() -> printed.contains(List.of()));
            shop.update("INSERT INTO item(name, price) VALUES('cleat', 12.5)");
            await().atMost(20, SECONDS).until(() -> printed.contains(List.of("cleat")));
            await().atMost(20, SECONDS)
                    .until(() -> printed.contains(Set.of(new TableUpdate("item", UpdateKind.INSERT))));
            live.close();
            updates.close();
        }
    }

    @Test
    void shouldFindTheDatabaseWhenGivenAHandle() {
        try (Coordinator owner = Coordinator.launch(
                        new CoordinatorContext("shop").databaseFile(":memory:").directory(folder.resolve("dir")));
                Database shop = Database.open(ClientContext.ofHandle(owner.handle()))) {
            assertThat(shop.queryLong("SELECT 42")).isEqualTo(42);
        }
        assertThatThrownBy(() -> ClientContext.ofHandle("shop"))
                .isInstanceOf(CleatException.class)
                .hasMessageContaining("cleat:NAME?directory=PATH");
    }

    @Test
    void shouldShowThisExampleInTheReadme() throws IOException {
        final Path root = Path.of("..").toAbsolutePath().normalize(); // tests run in the folder of their module
        final String readme = Files.readString(root.resolve("README.md"));
        final List<String> lines =
                Files.readAllLines(root.resolve("coordinator/src/test/java/io/cleat/coordinator/ReadmeTest.java"));
        final List<String> shown = new ArrayList<>(lines.subList(
                lines.indexOf("        // example: begin") + 1, lines.indexOf("        // example: end")));
        shown.addAll(lines.subList(
                lines.indexOf("            // live example: begin") + 1,
                lines.indexOf("            // live example: end")));
        assertThat(shown).hasSizeGreaterThan(10);
        for (final String line : shown) {
            assertThat(readme)
                    .contains(line.strip()
                            .replace(
                                    "Coordinator.launch(options)",
                                    "Coordinator.launch(new CoordinatorContext(\"shop\").databaseFile(\"shop.db\"))")
                            .replace("Database.open(where)", "Database.open(\"shop\")")
                            .replace("printed.add(", "System.out.println("));
        }
    }
}
