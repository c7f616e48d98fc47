// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Private by default: what Cleat uses belongs to this user, is open to nobody else, and is no symbolic link.
 *
 * <p>Threading: stateless, any thread.
 */
final class FileOwnership {
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    private FileOwnership() {}

    /** The attributes to create a folder with: 0700 where there are POSIX permissions. */
    static FileAttribute<?>[] forFolder(final Path near) {
        return attributes(near, "rwx------");
    }

    /** The attributes to create a file with: 0600 where there are POSIX permissions. */
    static FileAttribute<?>[] forFile(final Path near) {
        return attributes(near, "rw-------");
    }

    private static FileAttribute<?>[] attributes(final Path near, final String permissions) {
        if (!near.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }

    static void checkFolder(final Path folder) throws IOException {
        final BasicFileAttributes attributes =
                Files.readAttributes(folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isDirectory()) {
            throw new CleatException(
                    ErrorCode.PERMISSION,
                    folder + " is not a folder" + (attributes.isSymbolicLink() ? " but a symbolic link" : ""));
        }
        checkPrivate(folder);
    }

    static void checkFile(final Path file) throws IOException {
        final BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new CleatException(
                    ErrorCode.PERMISSION,
                    file + " is not a regular file" + (attributes.isSymbolicLink() ? " but a symbolic link" : ""));
        }
        checkPrivate(file);
    }

    private static void checkPrivate(final Path path) throws IOException {
        final PosixFileAttributeView view =
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        if (view == null) {
            return;
        }
        final Set<PosixFilePermission> permissions = view.readAttributes().permissions();
        if (permissions.stream().anyMatch(OTHERS::contains)) {
            throw new CleatException(
                    ErrorCode.PERMISSION,
                    path + " is open to other users (" + PosixFilePermissions.toString(permissions)
                            + "): close it with chmod go= or name another directory");
        }
        if (!isOwn(path, view.readAttributes().owner().getName())) {
            throw new CleatException(
                    ErrorCode.PERMISSION,
                    path + " belongs to " + view.readAttributes().owner().getName() + ", not to "
                            + System.getProperty("user.name"));
        }
    }

    private static boolean isOwn(final Path path, final String ownerName) throws IOException {
        // A uid without a name (usual in containers) has no reliable user.name, so numbers are compared where there
        // are.
        final Path self = Path.of("/proc/self");
        if (Files.exists(self)) {
            return Files.getAttribute(self, "unix:uid")
                    .equals(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
        }
        return ownerName.equals(System.getProperty("user.name"));
    }
}
