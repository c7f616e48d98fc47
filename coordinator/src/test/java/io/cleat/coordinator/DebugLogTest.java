// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.SqlException;
import io.cleat.testing.ChildJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One readable line a message, on both sides; what the values are only when asked for. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class DebugLogTest {
    @TempDir
    Path folder;

    private final List<String> client = Collections.synchronizedList(new ArrayList<>());
    private final List<String> coordinator = Collections.synchronizedList(new ArrayList<>());

    @Test
    void shouldTellOfEachMessageOnBothSides() {
        final Place place = Place.in(folder, "both");
        try (Coordinator served = Coordinator.launch(place.coordinator().debugLog(coordinator::add))) {
            assertThat(served.isClosed()).isFalse();
            work(place.client());
        }
        assertLines(client, "sent", "received");
        assertLines(coordinator, "received", "sent to client=1");
        assertThat(client).noneMatch(line -> line.contains("secret"));
        assertThat(coordinator).noneMatch(line -> line.contains("secret"));
    }

    @Test
    void shouldTellTheValuesWhenAskedFor() throws Exception {
        final Place place = Place.in(folder, "apart");
        try (ChildJvm process = place.serve("debug")) {
            work(place.client().logParameters(true));
            assertThat(client).anyMatch(line -> line.endsWith("INSERT INTO t VALUES(?)  ['secret']"));
            assertThat(client).anyMatch(line -> line.startsWith("received Result") && line.endsWith("('secret')"));
            process.awaitLine("LOG received Execute");
        }
    }

    @Test
    void shouldGoOnWhenTheLogFails() {
        final Place place = Place.in(folder, "fails");
        try (Coordinator served = Coordinator.launch(place.coordinator().debugLog(line -> {
            throw new IllegalStateException("full");
        }))) {
            assertThat(served.isClosed()).isFalse();
            work(place.client());
            assertThat(client).isNotEmpty();
        }
    }

    private void work(ClientContext context) {
        try (Database database = Database.open(context.debugLog(client::add))) {
            database.update("CREATE TABLE t(a)");
            database.update("INSERT INTO t VALUES(?)", "secret");
            assertThat(database.query("SELECT a FROM t", row -> row.getText(0))).containsExactly("secret");
            assertThatThrownBy(() -> database.update("INSERT INTO nowhere VALUES(1)"))
                    .isInstanceOf(SqlException.class);
            database.inTransaction(transaction -> {});
        }
    }

    private static void assertLines(List<String> lines, String request, String reply) {
        assertThat(lines).anyMatch(line -> matches(line, request + " Execute client=1 .* CREATE TABLE t\\(a\\)"));
        assertThat(lines)
                .anyMatch(line -> matches(line, request + " Execute .* INSERT INTO t VALUES\\(\\?\\)  \\[1 value]"));
        assertThat(lines).anyMatch(line -> matches(line, reply + " Result .*ROWS.*\\[a] \\(\\d+ bytes\\)"));
        assertThat(lines).anyMatch(line -> matches(line, reply + " Failure .* code=SQL .*no such table: nowhere.*"));
        assertThat(lines).anyMatch(line -> matches(line, request + " TransactionControl .* BEGIN.*"));
        assertThat(lines).anyMatch(line -> matches(line, request + " TransactionControl .* COMMIT"));
    }

    private static boolean matches(String line, String pattern) {
        return Pattern.matches(pattern, line);
    }
}
