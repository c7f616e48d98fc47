// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.nio.file.Files;
import java.nio.file.Path;

/** Says why a database file cannot be opened, with its path. Thread-safe: no state. */
final class OpenFailure {
    private OpenFailure() {}

    /** Throws for what SQLite would report as "unable to open database file", or open read-only without a word. */
    static void check(Path path) {
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw failure(ResultCode.CANTOPEN, path, "its folder does not exist");
        }
        if (Files.isDirectory(path)) {
            throw failure(ResultCode.CANTOPEN, path, "it is a folder");
        }
        if (!Files.isWritable(folder)) {
            throw failure(ResultCode.CANTOPEN, path, "its folder is not writable, and the log must be made there");
        }
        if (Files.exists(path) && !Files.isWritable(path)) {
            throw failure(ResultCode.READONLY, path, "the file is not writable");
        }
    }

    /** The same failure with the path, and the cause in words. */
    static SqliteException explain(SqliteSettings settings, SqliteException e) {
        String why =
                switch (e.primaryCode()) {
                    case ResultCode.NOTADB -> "it is not an SQLite database, or it is encrypted";
                    case ResultCode.BUSY ->
                        "another process has it open (busyTimeoutMs=" + settings.busyTimeoutMs() + ")";
                    case ResultCode.READONLY -> "it cannot be written";
                    case ResultCode.CANTOPEN -> "the file or its log cannot be opened";
                    default -> "";
                };
        String detail = String.valueOf(e.getMessage()).replaceFirst("^\\[[^]]*\\] ", "");
        String text = "cannot open " + settings.path().toAbsolutePath() + ": "
                + (why.isEmpty() ? detail : why + ": " + detail);
        return new SqliteException(e.code(), text, e.sql(), e);
    }

    private static SqliteException failure(int code, Path path, String why) {
        return new SqliteException(code, "cannot open " + path.toAbsolutePath() + ": " + why, null);
    }
}
