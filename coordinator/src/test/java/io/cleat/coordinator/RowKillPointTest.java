// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.coordinator.sqlite.SqliteDatabase;
import io.cleat.coordinator.sqlite.SqliteSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link KillPointTest} says, where the file is shared and outcomes are rows. */
class RowKillPointTest extends KillPointTest {
    @Override
    CoordinatorContext context(Place place) {
        return super.context(place).exclusiveFile(false);
    }

    @Override
    List<String> options() {
        return List.of("exclusiveFile=false");
    }

    /** Here nobody reads the log. */
    @Override
    @Test
    void shouldSayUnknownWhenSomebodyElseHasEmptiedTheLog() throws Exception {
        final Place place = Place.in(folder, "kill");
        prepare(place);
        final WireClient client = die(place, "AFTER_COMMIT:6");
        SqliteDatabase.open(SqliteSettings.of(place.file())).close();
        resumeAndCheck(place, client);
    }

    /** A database in memory is owned alone. */
    @Override
    void shouldKeepADatabaseInMemoryWhenItsCoordinatorDies() {}
}
