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

/** A real music shop, loaded by another JVM, is what plain SQLite makes of the same script. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ChinookTest {
    @TempDir
    Path folder;

    @Test
    void shouldHoldWhatPlainSqliteHoldsWhenChinookIsLoadedFromAnotherJvm() throws Exception {
        final Path script = SharedData.file("chinook/Chinook_Sqlite.sql");
        final Path plain = folder.resolve("plain.db");
        TableDump.runPlain(plain, Files.readString(script));
        final Map<String, List<String>> expected = TableDump.plain(plain);
        final Place place = Place.in(folder, "chinook");
        final Map<String, List<String>> loaded;
        try (Coordinator coordinator = Coordinator.launch(place.coordinator());
                ChildJvm loader = place.start(LoadMain.class, "256m", script.toString());
                Database database = place.open()) {
            assertThat(coordinator.isClosed()).isFalse();
            assertThat(Long.parseLong(loader.awaitLine("LOADED"))).isEqualTo(15_607);
            loaded = TableDump.throughCleat(database);
        }
        assertThat(loaded).hasSize(12);
        assertThat(loaded.values().stream().skip(1).mapToInt(List::size).sum()).isEqualTo(15_607);
        assertSame(loaded, expected);
        // And the file itself, read without us, and the one that the script's authors give.
        assertSame(TableDump.plain(place.file()), expected);
        final Path given = Files.copy(SharedData.file("chinook/Chinook_Sqlite.sqlite"), folder.resolve("given.db"));
        final Map<String, List<String>> theirs = TableDump.plain(given);
        theirs.remove("schema");
        loaded.remove("schema");
        assertSame(loaded, theirs);
    }

    private static void assertSame(Map<String, List<String>> actual, Map<String, List<String>> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        actual.forEach((table, rows) -> assertThat(rows).as(table).isEqualTo(expected.get(table)));
    }
}
