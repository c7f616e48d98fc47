// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Brings a database to the version of a {@link Schema}, and runs the hook. Uses nothing but statements and a transaction, so that
 * it is undone like any other transaction when this process dies.
 *
 * <p>Used by the thread that opens the database.
 */
final class SchemaUpgrade {
    /** The schema's own tables do not count: SQLite makes them by itself. */
    private static final String COUNT_OBJECTS =
            "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

    private final Schema schema;
    private final Database database;
    private final SqlOperations patient;

    SchemaUpgrade(Schema schema, Database database) {
        this.schema = schema;
        this.database = database;
        // A block may think for longer than a transaction of others may be idle; whoever waits for it is as patient.
        final Duration timeout = Duration.ofNanos(schema.timeoutNs());
        this.patient = database.withTimeout(timeout).withLease(timeout);
    }

    /** Does all there is to do before the database is open. What a block or the hook throws passes through. */
    void run() {
        final OpeningDetails details = bringToVersion();
        final @Nullable BeforeOpen hook = schema.beforeOpen();
        if (hook != null) {
            hook.run(database, details);
        }
    }

    private OpeningDetails bringToVersion() {
        final int found = userVersion(patient);
        return schema.isAnyVersion() || found == schema.version()
                ? OpeningDetails.unchanged(found)
                : patient.transaction(this::change);
    }

    /** With the write turn: what is read now stays so. */
    private OpeningDetails change(Transaction transaction) {
        final int from = userVersion(transaction);
        final int to = schema.version();
        if (from == to) {
            return OpeningDetails.unchanged(to);
        }
        final boolean create = from == 0 && transaction.queryLong(COUNT_OBJECTS) == 0;
        if (create) {
            create(transaction);
        } else {
            run(transaction, from, to);
        }
        transaction.update("PRAGMA user_version=" + to);
        return new OpeningDetails(from, to, create, !create && from < to, from > to);
    }

    private void create(Transaction transaction) {
        final @Nullable TransactionAction<RuntimeException> block = schema.onCreate();
        if (block != null) {
            block.run(transaction);
        }
    }

    private void run(Transaction transaction, int from, int to) {
        final @Nullable SchemaChange block = from < to ? schema.onUpgrade() : schema.onDowngrade();
        if (block == null) {
            throw new CleatException(
                    ErrorCode.SCHEMA_VERSION,
                    "database '" + database.name() + "' is of schema version " + from + ", this client of " + to
                            + (from < to
                                    ? ", and has no onUpgrade"
                                            + (from == 0 ? " (version 0 with tables is not new)" : "")
                                    : ": the client is older than the database, and has no onDowngrade"));
        }
        block.run(transaction, from, to);
    }

    private static int userVersion(SqlOperations operations) {
        return (int) operations.queryLong("PRAGMA user_version");
    }
}
