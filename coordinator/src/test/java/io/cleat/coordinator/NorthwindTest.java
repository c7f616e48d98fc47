// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.Database;
import io.cleat.coordinator.sqlite.SharedData;
import io.cleat.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real trading company (CRLF, blobs, views, PRAGMA and SELECT in between), loaded by another JVM. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NorthwindTest {
    @TempDir
    Path folder;

    @Test
    void shouldHoldWhatPlainSqliteHoldsWhenNorthwindIsLoadedFromAnotherJvm() throws Exception {
        final Path script = SharedData.file("northwind/create.sql");
        final Path plain = folder.resolve("plain.db");
        TableDump.runPlain(plain, Files.readString(script));
        final Map<String, List<String>> expected = TableDump.plain(plain);
        final Place place = Place.in(folder, "northwind");
        final Map<String, List<String>> loaded;
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                ChildJvm loader = place.start(LoadMain.class, "256m", script.toString());
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            assertThat(Long.parseLong(loader.awaitLine("LOADED"))).isEqualTo(3_310);
            loaded = TableDump.throughCleat(database);
        }
        assertThat(loaded.keySet()).contains("Order Details", "Categories", "Invoices");
        assertThat(loaded.get("Categories")).anyMatch(row -> row.contains("BLOB ffd8ff"));
        assertThat(loaded.keySet()).isEqualTo(expected.keySet());
        loaded.forEach((table, rows) -> assertThat(rows).as(table).isEqualTo(expected.get(table)));
        final Map<String, List<String>> file = TableDump.plain(place.file());
        file.forEach((table, rows) -> assertThat(rows).as(table).isEqualTo(expected.get(table)));
    }
}
