// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A forked JVM, seen from its parent: lines go to it and come from it. See {@link Worker} for what they mean.
 *
 * <p>Used by the main thread; {@link #close} also by the shutdown hook. A daemon thread reads the output, so that every wait
 * has a deadline.
 */
final class WorkerProcess implements AutoCloseable {
    private static final long EXIT_TIMEOUT_S = 10;
    private static final int SHOWN_LOG_LINES = 12;
    private static final String END = "end of output";

    private final String title;
    private final Process process;
    private final Writer input;
    private final Path log;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private WorkerProcess(String title, Process process, Path log) {
        this.title = title;
        this.process = process;
        this.log = log;
        this.input = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        final Thread reader = new Thread(this::readOutput, "output-of-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a process; its standard error goes to the log file. */
    static WorkerProcess start(String title, List<String> command, Path log) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        return new WorkerProcess(title, process, log);
    }

    private void readOutput() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                // The JVM's own log comes on standard output too, and begins with its decorations.
                if (!line.startsWith("[")) {
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            // The process is gone, which the end says too.
        }
        lines.add(END);
    }

    @Override
    public String toString() {
        return title + " pid=" + pid();
    }

    /** {@return the process id} */
    long pid() {
        return process.pid();
    }

    /** {@return processor time used so far, user and system} */
    long cpuNs() {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> failed("does not tell its processor time", null))
                .toNanos();
    }

    /** Sends a line. */
    void send(String line) {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException e) {
            throw failed("does not listen", e);
        }
    }

    /**
     * Waits for the line that must come next.
     *
     * @param prefix that it begins with.
     * @param timeoutSeconds to wait at most.
     * @return the rest of it.
     * @throws IllegalStateException when something else comes, or nothing in time; with the end of the process's log.
     */
    String await(String prefix, double timeoutSeconds) throws InterruptedException {
        final String line = lines.poll((long) (timeoutSeconds * 1e9), TimeUnit.NANOSECONDS);
        if (line == null) {
            throw failed("said nothing for " + timeoutSeconds + " s instead of '" + prefix.strip() + "'", null);
        }
        if (!line.startsWith(prefix)) {
            throw failed("said '" + line + "' instead of '" + prefix.strip() + "'", null);
        }
        return line.substring(prefix.length());
    }

    private IllegalStateException failed(String what, @Nullable Exception cause) {
        String shown;
        try {
            final List<String> all = Files.readAllLines(log);
            shown = String.join("\n  ", all.subList(Math.max(0, all.size() - SHOWN_LOG_LINES), all.size()));
        } catch (IOException e) {
            shown = "(no log: " + e + ")";
        }
        return new IllegalStateException(
                title + " pid=" + pid() + " alive=" + process.isAlive() + " " + what + "; its standard error:\n  "
                        + shown,
                cause);
    }

    /** {@return the first lines that it wrote to standard error, each with its title} */
    List<String> log() {
        try (Stream<String> all = Files.lines(log)) {
            return all.limit(SHOWN_LOG_LINES).map(line -> title + ": " + line).toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(title + ": no log: " + e);
        }
    }

    /** Ends the input, waits for the process to exit, and kills it when it does not. Idempotent. */
    @Override
    public void close() {
        try {
            input.close();
        } catch (IOException e) {
            // It is gone already.
        }
        boolean gone = false;
        try {
            gone = process.waitFor(EXIT_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!gone) {
            System.err.println(title + " pid=" + pid() + " did not exit in " + EXIT_TIMEOUT_S + " s: killed");
            kill();
        }
    }

    /** Kills it. */
    void kill() {
        process.destroyForcibly();
    }
}
