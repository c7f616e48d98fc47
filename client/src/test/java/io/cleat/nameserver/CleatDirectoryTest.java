// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class CleatDirectoryTest {
    @TempDir
    Path folder;

    @Test
    void shouldMakeAPrivateFolderWhenThereIsNone() throws IOException {
        final CleatDirectory directory =
                CleatDirectory.resolve(folder.resolve("a").resolve("b"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
                .isEqualTo("rwx------");
        directory.createDatabase("orders");
        directory.createDatabase("orders");
        assertThat(directory.clients("orders")).isDirectory();
        assertThat(directory.replies("orders")).isDirectory();
        assertThat(directory.requests("orders")).isDirectory();
        assertThat(directory.outcomes("orders")).isDirectory();
        assertThat(directory.identities("orders")).isDirectory();
    }

    @Test
    void shouldTakeTheFolderOfThePropertyWhenNoneIsGiven() {
        final String before = System.getProperty(CleatDirectory.PROPERTY);
        System.setProperty(CleatDirectory.PROPERTY, folder.resolve("p").toString());
        try {
            assertThat(CleatDirectory.resolve(null).path().getFileName()).hasToString("p");
        } finally {
            if (before == null) {
                System.clearProperty(CleatDirectory.PROPERTY);
            } else {
                System.setProperty(CleatDirectory.PROPERTY, before);
            }
        }
    }

    @Test
    void shouldSayWhereEverythingLies() throws IOException {
        final CleatDirectory directory = CleatDirectory.resolve(folder);
        final Path root = folder.toRealPath();
        assertThat(directory.namesFile()).isEqualTo(root.resolve("names.dat"));
        assertThat(directory.namesLock()).isEqualTo(root.resolve("names.lock"));
        assertThat(directory.ownerLock("a")).isEqualTo(root.resolve("a/owner.lock"));
        assertThat(directory.statusFile("a")).isEqualTo(root.resolve("a/status.dat"));
        assertThat(directory.requests("a")).isEqualTo(root.resolve("a/requests"));
        assertThat(directory.clientLock("a", 5)).isEqualTo(root.resolve("a/clients/5.lock"));
        assertThat(directory.replies("a", 5)).isEqualTo(root.resolve("a/replies/5"));
    }

    @Test
    void shouldRefuseAFolderThatIsOpenOrALinkOrAFile() throws IOException {
        final Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-x---"));
        NameServerTest.assertCode(
                ErrorCode.PERMISSION, () -> CleatDirectory.resolve(open), "open to other users", "rwxr-x---");
        final Path target = Files.createDirectory(folder.resolve("target"));
        final Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        NameServerTest.assertCode(ErrorCode.PERMISSION, () -> CleatDirectory.resolve(link), "symbolic link");
        final Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
        NameServerTest.assertCode(ErrorCode.PERMISSION, () -> CleatDirectory.resolve(dangling), "symbolic link");
        final Path file = Files.createFile(folder.resolve("file"));
        NameServerTest.assertCode(ErrorCode.PERMISSION, () -> CleatDirectory.resolve(file), "not a folder");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "0",
                "orders",
                "a.b_c-d",
                "names",
                "a23456789012345678901234567890123456789012345678901234567890123"
            })
    void shouldTakeAName(final String name) {
        assertThat(DatabaseName.check(name)).isSameAs(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                ".a",
                "..",
                "-a",
                "a/b",
                "a b",
                "\u00e4",
                "names.dat",
                "names.lock",
                "a\n",
                "a234567890123456789012345678901234567890123456789012345678901234"
            })
    void shouldRefuseWhatIsNoName(final String name) {
        NameServerTest.assertCode(ErrorCode.MISUSE, () -> DatabaseName.check(name), "not a database name");
    }
}
