// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What one worker meant to do and was told, a line each, written with one write to the file, so that it survives the worker's death
 * at any moment. The unit is what is applied wholly or not at all; its parts are its rows.
 *
 * <pre>
 *   nanoTime I unit parts how    before it is sent
 *   nanoTime A unit              applied: it was answered, or the failure says so
 *   nanoTime N unit why          not applied: the failure says so
 *   nanoTime U unit why          nobody says what became of it
 *   nanoTime X rule what         a rule was broken before the worker's eyes
 *   nanoTime F maxId balances    the last that the worker's live queries showed
 *   nanoTime C name count        how much was seen until now
 * </pre>
 *
 * <p>Thread-safe.
 */
final class Journal implements AutoCloseable {
    private final FileChannel channel;
    private final int worker;
    private long units; // guarded by this
    private long acknowledged; // guarded by this

    private Journal(FileChannel channel, int worker) {
        this.channel = channel;
        this.worker = worker;
    }

    /** The file of a worker. */
    static Path file(Path folder, int worker) {
        return folder.resolve(worker + ".journal");
    }

    /** Begins a new one. */
    static Journal create(Path folder, int worker) throws IOException {
        return new Journal(
                FileChannel.open(file(folder, worker), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                worker);
    }

    /** {@return the number of the worker, which is in its rows} */
    int worker() {
        return worker;
    }

    /** {@return how many units were acknowledged} */
    synchronized long acknowledged() {
        return acknowledged;
    }

    /**
     * Notes what will be sent.
     *
     * @param parts how many rows it makes.
     * @param how such as batch.
     * @return the unit.
     */
    synchronized long intend(int parts, String how) {
        units++;
        write("I " + units + " " + parts + " " + how);
        return units;
    }

    synchronized void acknowledge(long unit) {
        acknowledged++;
        write("A " + unit);
    }

    void refuse(long unit, Object why) {
        write("N " + unit + " " + why);
    }

    void unknown(long unit, Object why) {
        write("U " + unit + " " + why);
    }

    /**
     * Notes that something is not as promised.
     *
     * @param rule one word.
     * @param what with the values.
     */
    void violated(String rule, String what) {
        write("X " + rule + " " + what);
    }

    void last(long maxId, String balances) {
        write("F " + maxId + " " + balances);
    }

    void count(String name, long count) {
        write("C " + name + " " + count);
    }

    private synchronized void write(String text) {
        final String line = System.nanoTime() + " " + text.replaceAll("\\s*\\R\\s*", " | ") + "\n";
        final ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the journal of worker " + worker + " cannot be written", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
