// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.Schema;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A client in a JVM of its own that opens the database at a schema version, and says what it did. After directory, name and file:
 * the version, then {@code hang} to stop inside the upgrade until it is killed, or {@code gate} to open at a line of its input.
 */
final class SchemaMain {
    private SchemaMain() {}

    public static void main(String[] args) throws Exception {
        final int version = Integer.parseInt(args[3]);
        final String how = args.length > 4 ? args[4] : "";
        if (how.equals("gate")) {
            System.out.println("WAITING");
            System.in.read();
        }
        final Schema schema = Schema.version(version)
                .timeout(Duration.ofSeconds(40))
                .onCreate(transaction -> {
                    transaction.update("CREATE TABLE t(a)");
                    transaction.update("CREATE TABLE made_by(pid)");
                    transaction.update(
                            "INSERT INTO made_by VALUES(?)",
                            ProcessHandle.current().pid());
                })
                .onUpgrade((transaction, from, to) -> {
                    transaction.update("ALTER TABLE t ADD COLUMN b" + to);
                    if (how.equals("hang")) {
                        System.out.println("INSIDE");
                        waitForEver();
                    }
                })
                .beforeOpen((database, details) -> System.out.println("DETAILS " + details));
        try (Database database = Database.open(Place.of(args).client().schema(schema))) {
            System.out.println("OPEN " + database.queryLong("SELECT count(*) FROM made_by"));
        } catch (CleatException e) {
            System.out.println("FAILED " + e.code() + " " + e.getMessage());
        }
    }

    /** Until it is killed. */
    private static void waitForEver() {
        while (true) {
            LockSupport.park();
        }
    }
}
