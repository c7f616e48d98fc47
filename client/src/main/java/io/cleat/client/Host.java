// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ClientContext;
import io.cleat.ErrorCode;
import io.cleat.nameserver.Liveness;
import io.cleat.nameserver.NameServer;
import io.cleat.nameserver.TextField;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The right of a client to start the coordinator itself when nobody serves the database, and the one that it has started. Of several that try at once the owner
 * lock lets one succeed; the others find that one.
 *
 * <p>Thread-safe: one thread starts at a time, and closing waits for it.
 */
final class Host implements AutoCloseable {
    private final ClientContext context;
    private final Path databaseFile;
    private @Nullable AutoCloseable started; // guarded by this
    private boolean closed; // guarded by this

    private Host(ClientContext context, Path databaseFile) {
        this.context = context;
        this.databaseFile = databaseFile;
    }

    /** Null for a client that only looks for coordinators. */
    static @Nullable Host of(ClientContext context) {
        final @Nullable Path file = context.hostedFile();
        return file == null ? null : new Host(context, file);
    }

    /**
     * Starts a coordinator unless somebody has the name.
     *
     * @param names of the directory.
     * @throws CleatException why it cannot be started here.
     */
    synchronized void startIfAbsent(NameServer names) {
        if (closed || isServed(names)) {
            return;
        }
        // One of ours that was lost, or stopped by a client, is over.
        end();
        try {
            started = service()
                    .host(
                            context.name(),
                            names.directory().path(),
                            databaseFile,
                            context.hosting(),
                            context.connectTimeoutNs());
        } catch (CleatException e) {
            if (e.code() != ErrorCode.NAME_IN_USE) {
                throw e;
            }
        }
    }

    /**
     * Who may host names the file that is served.
     *
     * @param servedFile as the coordinator tells it; a long path has lost its beginning.
     * @throws CleatException MISUSE when it is another one.
     */
    void checkFile(String servedFile) {
        if (!isOurs(servedFile)) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "hostIfAbsent names another file than the one that is served: name=" + context.name() + " served="
                            + servedFile + " hostIfAbsent=" + databaseFile.toAbsolutePath());
        }
    }

    private boolean isOurs(String servedFile) {
        final String ours = databaseFile.toAbsolutePath().toString();
        if (servedFile.startsWith(TextField.CUT)) {
            return ours.endsWith(servedFile.substring(TextField.CUT.length()));
        }
        if (ours.equals(servedFile)) {
            return true;
        }
        try {
            return Files.isSameFile(Path.of(servedFile), databaseFile);
        } catch (IOException e) {
            // One that is missing is not the one that is served.
            return false;
        }
    }

    private boolean isServed(NameServer names) {
        return names.probe(context.name())
                .filter(entry -> entry.liveness() != Liveness.STALE)
                .isPresent();
    }

    private static CoordinatorHost service() {
        return ServiceLoader.load(CoordinatorHost.class, Host.class.getClassLoader())
                .findFirst()
                .orElseThrow(
                        () -> new CleatException(
                                ErrorCode.MISUSE,
                                "hostIfAbsent needs the coordinator on the class path: add io.cleat:cleat-coordinator beside cleat-client"));
    }

    @Override
    public synchronized void close() {
        closed = true;
        end();
    }

    private void end() {
        final @Nullable AutoCloseable ours = started;
        started = null;
        if (ours == null) {
            return;
        }
        try {
            ours.close();
        } catch (Exception e) {
            context.errorHandler().onError(e);
        }
    }
}
