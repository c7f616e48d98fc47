// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Chronicle makes its files with whatever the umask leaves; they are for this user only. Thread-safe, stateless. */
final class QueueFiles {
    private static final Set<PosixFilePermission> OWNER =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private QueueFiles() {}

    /** Makes an empty file of mode 0600 where there are such modes, unless it is there: the library fills it as one of its own. */
    static void createPrivate(Path file) {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
        } catch (IOException e) {
            // It is there, or the library will say what is wrong.
            return;
        }
    }

    /** Gives a file mode 0600 where there are such modes, if that can be. */
    static void makePrivate(Path file) {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            Files.setPosixFilePermissions(file, OWNER);
        } catch (IOException e) {
            // Pruned, or deleted with its folder; a record was written all the same. What keeps others out is the
            // folder.
            return;
        }
    }
}
