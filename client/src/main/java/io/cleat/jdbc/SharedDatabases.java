// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.ClientContext;
import io.cleat.Hosting;
import io.cleat.Schema;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The databases that this JVM has open for JDBC: connections to the same one with the same options of the client share one attachment, so
 * that opening a connection costs next to nothing. It is closed a while after its last connection, and at once where this JVM hosts the
 * coordinator, whose file may then be moved or deleted.
 *
 * <p>Thread-safe. Nobody holds the monitor while opening or closing.
 */
final class SharedDatabases {
    /** Starting a coordinator takes its time in a JVM that is starting itself, on a busy machine. */
    private static final Duration HOSTING_TIMEOUT = Duration.ofSeconds(30);

    /** What all connections of a JVM share. */
    static final SharedDatabases OF_THIS_JVM = new SharedDatabases();

    /** What connections have in common that share a database. */
    private record Key(
            String name,
            @Nullable Path directory,
            @Nullable Path file,
            Hosting hosting,
            @Nullable String clientName,
            @Nullable String identity,
            @Nullable Duration connectTimeout,
            @Nullable Duration reattachTimeout,
            @Nullable Duration linger,
            @Nullable String schema) {}

    private final Map<Key, SharedDatabase> databases = new HashMap<>(); // guarded by this

    /**
     * One use of a database, which is opened if need be.
     *
     * @param options of the connection.
     * @return in use until {@link SharedDatabase#release}.
     */
    SharedDatabase acquire(JdbcOptions options) throws SQLException {
        final Key key = key(options);
        SharedDatabase shared;
        do {
            shared = of(key);
            // One that was closed in between has left the map.
        } while (!shared.acquire(() -> context(options)));
        return shared;
    }

    private static Key key(JdbcOptions options) throws SQLException {
        return new Key(
                options.name(),
                options.directory(),
                options.file(),
                options.hosting(),
                options.clientName(),
                options.identity(),
                options.connectTimeout(),
                options.reattachTimeout(),
                options.linger(),
                options.schema());
    }

    private synchronized SharedDatabase of(Key key) {
        return databases.computeIfAbsent(key, k -> new SharedDatabase(k.linger(), () -> remove(k)));
    }

    private synchronized void remove(Key key) {
        databases.remove(key);
    }

    private static ClientContext context(JdbcOptions options) throws SQLException {
        final ClientContext context =
                new ClientContext().name(options.name()).requestTimeout(SharedDatabase.REQUEST_TIMEOUT);
        final @Nullable Path directory = options.directory();
        if (directory != null) {
            context.directory(directory);
        }
        final @Nullable Path file = options.file();
        if (file != null) {
            context.hostIfAbsent(file, options.hosting());
        }
        final @Nullable String clientName = options.clientName();
        if (clientName != null) {
            context.clientName(clientName);
        }
        final @Nullable String identity = options.identity();
        if (identity != null) {
            context.identity(identity);
        }
        final @Nullable Duration connectTimeout = options.connectTimeout();
        if (connectTimeout != null || file != null) {
            context.connectTimeout(connectTimeout != null ? connectTimeout : HOSTING_TIMEOUT);
        }
        final @Nullable Duration reattachTimeout = options.reattachTimeout();
        if (reattachTimeout != null) {
            context.reattachTimeout(reattachTimeout);
        }
        final @Nullable String schema = options.schema();
        if (schema != null) {
            context.schema(
                    Schema.anyVersion().beforeOpen((database, details) -> SchemaScript.runIfEmpty(database, schema)));
        }
        return context;
    }
}
