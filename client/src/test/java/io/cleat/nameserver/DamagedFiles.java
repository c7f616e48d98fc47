// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Writes a good file again and again, each time damaged in another way: truncated, lengthened, or some bytes flipped or
 * overwritten, most often where there is something to damage.
 *
 * <p>Each case is a new file, as a process that truncates what another has mapped is outside of what we promise.
 *
 * <p>Threading: one thread.
 */
public final class DamagedFiles {
    private final byte[] good;
    private final int[] used;
    private final Path path;
    private final long seed;
    private final Random random;
    private int index = -1;

    private DamagedFiles(final byte[] good, final Path path, final long seed) {
        this.good = good;
        this.path = path;
        this.seed = seed;
        this.random = new Random(seed);
        this.used = IntStream.range(0, good.length)
                .filter(i -> i < 1024 || good[i] != 0)
                .toArray();
    }

    /**
     * A source of damaged files.
     *
     * @param good the whole content.
     * @param path where to write.
     * @param seed makes it repeatable.
     * @return the source.
     */
    public static DamagedFiles of(final byte[] good, final Path path, final long seed) {
        return new DamagedFiles(good, path, seed);
    }

    /**
     * The seed of this run: the property cleat.fuzz.seed, or a new one. It is printed.
     *
     * @return a seed.
     */
    public static long seed() {
        final long seed = Long.getLong("cleat.fuzz.seed", System.nanoTime());
        System.out.println("cleat.fuzz.seed=" + seed);
        return seed;
    }

    /**
     * Writes the next file.
     *
     * @return its content.
     * @throws IOException if that fails.
     */
    public byte[] next() throws IOException {
        index++;
        final byte[] content;
        if (random.nextInt(10) == 0) {
            content = Arrays.copyOf(good, random.nextInt(good.length + 100));
        } else {
            content = good.clone();
            final int changes = 1 + random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                damage(content);
            }
        }
        Files.deleteIfExists(path);
        Files.createFile(path, FileOwnership.forFile(path));
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(content));
        }
        return content;
    }

    private void damage(final byte[] content) {
        final int at = random.nextInt(4) == 0 ? random.nextInt(content.length) : used[random.nextInt(used.length)];
        switch (random.nextInt(3)) {
            case 0 -> content[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> content[at] = (byte) random.nextInt();
            default -> {
                for (int i = at; i < Math.min(content.length, at + 8); i++) {
                    content[i] = (byte) (random.nextBoolean() ? 0xFF : random.nextInt());
                }
            }
        }
    }

    /**
     * Fails if the file was changed. Compares some of the cases only, as reading is slow.
     *
     * @param content what was written.
     * @throws IOException if the file cannot be read.
     */
    public void assertUnchanged(final byte[] content) throws IOException {
        if (index % 16 == 0) {
            assertThat(Arrays.equals(Files.readAllBytes(path), content))
                    .as(toString())
                    .isTrue();
        }
    }

    @Override
    public String toString() {
        return "seed=" + seed + " case=" + index;
    }
}
