// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.CleatException;
import io.cleat.Database;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A script that fills a database which has nothing in it, once for all who open it at the same time.
 *
 * <p>Thread-safe: stateless.
 */
final class SchemaScript {
    private static final String CLASS_PATH = "classpath:";
    private static final String COUNT = "SELECT count(*) FROM sqlite_schema";

    private SchemaScript() {}

    /**
     * Runs the script unless there is something. It is read only when it is needed.
     *
     * @param database to fill; just opened.
     * @param source a path, or a resource as {@code classpath:/NAME}.
     * @throws CleatException IO when it cannot be read; SQL when SQLite refuses it, and then nothing of it is there.
     */
    static void runIfEmpty(Database database, String source) {
        if (database.queryLong(COUNT) > 0) {
            return;
        }
        final String script = read(source);
        database.inTransaction(transaction -> {
            // Somebody else may have been here while this waited for the write turn.
            if (transaction.queryLong(COUNT) == 0) {
                transaction.script(script);
            }
        });
    }

    private static String read(String source) {
        try {
            return source.startsWith(CLASS_PATH)
                    ? resource(source.substring(CLASS_PATH.length()))
                    : Files.readString(Path.of(source));
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "the schema cannot be read: schema=" + source + ": " + e, e);
        }
    }

    private static String resource(String path) throws IOException {
        final String name = path.startsWith("/") ? path.substring(1) : path;
        final @Nullable ClassLoader ofThread = Thread.currentThread().getContextClassLoader();
        final ClassLoader loader = ofThread == null ? SchemaScript.class.getClassLoader() : ofThread;
        try (@Nullable InputStream stream = loader.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IOException("no such resource on the class path: " + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
