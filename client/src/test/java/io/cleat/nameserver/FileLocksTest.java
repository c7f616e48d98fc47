// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.testing.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileLocksTest {
    @TempDir
    Path folder;

    @Test
    void shouldHoldOnceWhenTakenTwiceInOneJvm() {
        final Path file = folder.resolve("a.lock");
        final HeldLock lock = FileLocks.tryAcquire(file).orElseThrow();
        assertThat(FileLocks.tryAcquire(file)).isEmpty();
        assertThat(FileLocks.isHeld(file)).isTrue();
        lock.close();
        lock.close();
        assertThat(FileLocks.isHeld(file)).isFalse();
        FileLocks.tryAcquire(file).orElseThrow().closeAndDelete();
        assertThat(file).doesNotExist();
        assertThat(FileLocks.isHeld(file)).isFalse();
    }

    @Test
    void shouldMakePrivateFilesAndNoneWhenProbing() throws IOException {
        final Path file = folder.resolve("a.lock");
        assertThat(FileLocks.isHeld(file)).isFalse();
        assertThat(FileLocks.isHeld(folder.resolve("missing").resolve("a.lock")))
                .isFalse();
        assertThat(file).doesNotExist();
        FileLocks.tryAcquire(file).orElseThrow().close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void shouldFreeTheLockWhenItsHolderIsKilled() {
        final Path file = folder.resolve("a.lock");
        try (ChildJvm child = ChildJvm.start(NameOwnerMain.class, folder.toString())) {
            child.send("lock " + file);
            assertThat(child.awaitLine("lock")).isEqualTo("held");
            assertThat(FileLocks.isHeld(file)).isTrue();
            assertThat(FileLocks.tryAcquire(file)).isEmpty();
            assertThat(FileLocks.isHeld(file)).isTrue();
            child.kill();
        }
        assertThat(FileLocks.isHeld(file)).isFalse();
        FileLocks.tryAcquire(file).orElseThrow().close();
    }

    @Test
    void shouldKeepTheLockWhenItIsProbedInTheSameJvm() {
        final Path file = folder.resolve("a.lock");
        final HeldLock lock = FileLocks.tryAcquire(file).orElseThrow();
        // Opening and closing the file here would take the lock from this process without a word.
        assertThat(FileLocks.isHeld(file)).isTrue();
        assertThat(FileLocks.isHeld(folder.resolve(".").resolve("a.lock"))).isTrue();
        assertThat(FileLocks.tryAcquire(file)).isEmpty();
        try (ChildJvm child = ChildJvm.start(NameOwnerMain.class, folder.toString())) {
            child.send("lock " + file);
            assertThat(child.awaitLine("lock")).isEqualTo("refused");
            lock.close();
            child.send("lock " + file);
            assertThat(child.awaitLine("lock")).isEqualTo("held");
        }
    }

    @Test
    void shouldKeepTheLockWhenAnotherClassLoaderProbes() throws Exception {
        final Path file = folder.resolve("a.lock");
        final HeldLock lock = FileLocks.tryAcquire(file).orElseThrow();
        final URL[] classPath = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(FileLocksTest::url)
                .toArray(URL[]::new);
        try (URLClassLoader other = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            final Class<?> otherLocks = other.loadClass(FileLocks.class.getName());
            assertThat(otherLocks).isNotSameAs(FileLocks.class);
            assertThat(otherLocks.getMethod("isHeld", Path.class).invoke(null, file))
                    .isEqualTo(true);
            assertThat(otherLocks.getMethod("tryAcquire", Path.class).invoke(null, file))
                    .isEqualTo(Optional.empty());
            try (ChildJvm child = ChildJvm.start(NameOwnerMain.class, folder.toString())) {
                child.send("lock " + file);
                assertThat(child.awaitLine("lock")).isEqualTo("refused");
            }
            lock.close();
            assertThat(otherLocks.getMethod("isHeld", Path.class).invoke(null, file))
                    .isEqualTo(false);
        }
    }

    private static URL url(final String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldTakeTheLockAndKeepTheFlagWhenTheThreadIsInterrupted() {
        final Path file = folder.resolve("a.lock");
        Thread.currentThread().interrupt();
        final HeldLock lock = FileLocks.tryAcquire(file).orElseThrow();
        assertThat(FileLocks.isHeld(file)).isTrue();
        assertThat(FileLocks.isHeld(folder.resolve("b.lock"))).isFalse();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(lock.isHeld()).isTrue();
        lock.close();
    }

    @Test
    void shouldSayWhatItWaitedForWhenTheLockStaysHeld() {
        final Path file = folder.resolve("a.lock");
        final HeldLock lock = FileLocks.tryAcquire(file).orElseThrow();
        assertThatThrownBy(() -> FileLocks.acquire(file, TimeUnit.MILLISECONDS.toNanos(20)))
                .isInstanceOfSatisfying(
                        CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT))
                .hasMessageContaining("a.lock")
                .hasMessageContaining("timeoutMs=20");
        lock.close();
    }

    @Test
    void shouldRefuseAFileThatIsNoRegularFile() throws IOException {
        final Path target = Files.createFile(folder.resolve("target"));
        final Path link = Files.createSymbolicLink(folder.resolve("link.lock"), target);
        final Path directory = Files.createDirectory(folder.resolve("dir.lock"));
        for (final Path file : new Path[] {link, directory}) {
            assertThatThrownBy(() -> FileLocks.tryAcquire(file))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION));
            assertThatThrownBy(() -> FileLocks.isHeld(file))
                    .isInstanceOfSatisfying(
                            CleatException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION));
        }
    }
}
