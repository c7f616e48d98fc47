// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.LiveSubscription;
import io.cleat.RequestException;
import io.cleat.Session;
import io.cleat.TableUpdates;
import io.cleat.testing.ChildJvm;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client in a JVM of its own that does what its lines say, on one session: {@code begin}, {@code commit}, {@code rollback}, {@code long
 * SQL}, {@code slow MS SQL} (with that timeout), {@code listen TABLE} (updates are lines {@code HEARD [table KIND, ...]}), {@code unlisten}, else SQL to run. Each is answered by a line: {@code OK result ms}, or {@code ERR class code
 * outcome ms message}. {@code bye} closes.
 */
final class CommandMain {
    private static @Nullable LiveSubscription listening;

    private CommandMain() {}

    /** Has such a JVM do what lines say, one after the other; each is to succeed. */
    static void tell(ChildJvm client, String... lines) {
        for (String line : lines) {
            client.send(line);
            client.awaitLine("OK");
        }
    }

    public static void main(String[] args) throws Exception {
        try (Database database = Database.open(context(args));
                Session session = database.openSession();
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("OPEN " + database.clientId());
            String line = in.readLine();
            while (line != null && !line.equals("bye")) {
                final long startNs = System.nanoTime();
                try {
                    System.out.println("OK " + run(database, session, line) + " " + since(startNs));
                } catch (CleatException e) {
                    System.out.println("ERR " + e.getClass().getSimpleName() + " " + e.code() + " "
                            + (e instanceof RequestException request ? request.outcome() : "-") + " "
                            + since(startNs) + " " + e.getMessage());
                }
                line = in.readLine();
            }
        }
        System.out.println("CLOSED");
    }

    /** With {@code host} behind the place it may host the coordinator, with {@code identity} it has a stable one. */
    private static ClientContext context(String[] args) {
        final Place place = Place.of(args);
        return switch (args.length > 3 ? args[3] : "") {
            case "host" -> place.client().hostIfAbsent(place.file());
            case "identity" -> place.client().identity("pricer");
            default -> place.client();
        };
    }

    private static void heard(TableUpdates updates) {
        System.out.println("HEARD "
                + updates.tables().stream()
                        .map(update -> update.table() + " " + update.kind())
                        .sorted()
                        .toList());
    }

    private static long since(long startNs) {
        return (System.nanoTime() - startNs) / 1_000_000;
    }

    private static long run(Database database, Session session, String line) {
        final String[] words = line.split(" ", 3);
        switch (words[0]) {
            case "listen" -> listening = database.updates(words[1]).listen(CommandMain::heard);
            case "unlisten" -> Objects.requireNonNull(listening).close();
            case "begin" -> session.begin();
            case "rollback" -> session.rollback();
            case "commit" -> {
                return session.commit();
            }
            case "long" -> {
                return session.queryLong(line.substring("long ".length()));
            }
            case "slow" -> {
                return session.withTimeout(Duration.ofMillis(Long.parseLong(words[1])))
                        .queryLong(words[2]);
            }
            case "slow-update" -> {
                return session.withTimeout(Duration.ofMillis(Long.parseLong(words[1])))
                        .update(words[2])
                        .changeCount();
            }
            default -> {
                return session.update(line).changeCount();
            }
        }
        return 0;
    }
}
