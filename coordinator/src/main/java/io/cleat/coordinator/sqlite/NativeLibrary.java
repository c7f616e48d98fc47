// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sqlite.core.NativeDB;

/**
 * Loads SQLite's native library once for the JVM, and says what to do when that fails.
 *
 * <p>sqlite-jdbc unpacks the library into a folder and loads it from there: a folder that cannot be written, or is mounted
 * {@code noexec}, is the usual trouble. Thread-safe.
 */
final class NativeLibrary {
    private NativeLibrary() {}

    /** Loads the library; throws {@link SqliteException} naming the folder and the option to set. */
    static synchronized void load() {
        Throwable cause = null;
        try {
            if (NativeDB.load()) {
                return;
            }
        } catch (Exception | LinkageError e) {
            cause = e;
        }
        throw new SqliteException(ResultCode.CANTOPEN, trouble(folder()), null, cause);
    }

    private static Path folder() {
        return Path.of(System.getProperty("org.sqlite.tmpdir", System.getProperty("java.io.tmpdir", "/tmp")))
                .toAbsolutePath();
    }

    private static String trouble(Path folder) {
        String why;
        if (!Files.isDirectory(folder)) {
            why = "the folder does not exist";
        } else if (!Files.isWritable(folder)) {
            why = "the folder is not writable";
        } else if (isNoexec(folder)) {
            why = "the folder is on a file system mounted noexec";
        } else {
            why = "loading failed on " + System.getProperty("os.name") + " " + System.getProperty("os.arch");
        }
        return "SQLite's native library cannot be unpacked and loaded: folder=" + folder + ": " + why
                + ". Name a folder that is writable and allows execution: -Dorg.sqlite.tmpdir=FOLDER";
    }

    /** Whether the mount that holds the folder says noexec; false where there is no {@code /proc/mounts}. */
    static boolean isNoexec(Path folder) {
        try {
            return isNoexec(folder.toRealPath(), Files.readAllLines(Path.of("/proc/mounts")));
        } catch (IOException e) {
            return false;
        }
    }

    static boolean isNoexec(Path folder, List<String> mounts) {
        @Nullable String options = null;
        int longest = -1;
        for (String mount : mounts) {
            String[] fields = mount.split(" ", -1);
            if (fields.length > 3 && folder.startsWith(fields[1]) && fields[1].length() >= longest) {
                longest = fields[1].length();
                options = fields[3];
            }
        }
        return options != null && List.of(options.split(",", -1)).contains("noexec");
    }
}
