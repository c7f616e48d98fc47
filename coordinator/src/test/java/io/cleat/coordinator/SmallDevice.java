// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file system in memory of a few MiB, for what happens when it is full; unmounted at the end. One thread. */
final class SmallDevice implements AutoCloseable {
    private static final int BLOCK = 64 << 10;

    private final Path path;

    private SmallDevice(Path path) {
        this.path = path;
    }

    /** Mounts one; skips the test where this user cannot. */
    static SmallDevice mount(Path path, int sizeMib) throws Exception {
        Files.createDirectory(path);
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "mode=0700,size=" + sizeMib + "m", "cleat-test", path.toString()),
                "cannot mount a tmpfs");
        return new SmallDevice(path);
    }

    Path path() {
        return path;
    }

    /** Takes the space of it but for so many bytes, by a file, which is returned. */
    Path fillBut(long leftBytes) throws IOException {
        final Path filler = Files.createTempFile(path, "filler", "");
        try (var out = Files.newOutputStream(filler)) {
            while (usable() - leftBytes >= BLOCK) {
                out.write(new byte[BLOCK]);
            }
        } catch (IOException e) {
            if (leftBytes > 0) {
                throw e;
            }
        }
        return filler;
    }

    /** Has the kernel refuse writes, to root as well. */
    void readOnly(boolean value) throws Exception {
        if (!run("mount", "-o", "remount," + (value ? "ro" : "rw"), path.toString())) {
            throw new IllegalStateException("cannot remount " + path);
        }
    }

    long usable() throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }

    @Override
    public void close() throws IOException {
        if (!run("umount", "-l", path.toString())) {
            throw new IllegalStateException("cannot unmount " + path);
        }
    }

    static boolean run(String... command) throws IOException {
        final Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
