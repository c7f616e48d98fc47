// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.queue.JvmFlags;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that the demo started, with the class path of this one. It holds the other end of a pipe to us as its standard input, so
 * that it notices our end, however we go. Threading: its owner's; a thread of its own reads its output.
 */
final class ChildProcess {
    private static final int SHOWN_ERROR_LINES = 12;

    private final String name;
    private final Process process;
    private final Path errors;
    private volatile boolean killed;

    private ChildProcess(String name, Process process, Path errors) {
        this.name = name;
        this.process = process;
        this.errors = errors;
    }

    /** A line that a child printed, or its end. */
    record Event(ChildProcess child, String line, boolean ended) {}

    /**
     * Starts {@code cleat} in a JVM of its own.
     *
     * @param name for people, and for the file of its standard error.
     * @param folder for that file.
     * @param events gets its lines, and then its end.
     * @param arguments of the command.
     */
    static ChildProcess start(String name, Path folder, BlockingQueue<Event> events, List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JvmFlags.line().split(" ")));
        // Small JVMs: there are five of them, perhaps on two cores.
        command.addAll(List.of("-Xmx96m", "-XX:+UseSerialGC", "-Xshare:auto", "-Dchronicle.analytics.disable=true"));
        command.add("io.cleat.tools.Cleat");
        command.addAll(arguments);
        final Path errors = folder.resolve(name + ".err");
        final ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        try {
            final ChildProcess child = new ChildProcess(name, builder.start(), errors);
            final Thread reader = new Thread(() -> child.read(events), "cleat-demo-" + name);
            reader.setDaemon(true);
            reader.start();
            return child;
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot start a JVM for " + name + ": " + e.getMessage(), e);
        }
    }

    String name() {
        return name;
    }

    long pid() {
        return process.pid();
    }

    boolean isKilled() {
        return killed;
    }

    /** Kills it with SIGKILL, on purpose. */
    void kill() throws InterruptedException {
        killed = true;
        process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }

    /** Sends it a line. */
    void send(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            // It has gone, which its end will say.
            process.destroy();
        }
    }

    /** Asks it to end, by the end of its input. */
    void askToEnd() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has gone already.
            process.destroy();
        }
    }

    /** Waits for its end; its exit code, or -1 when it did not end in time. */
    int awaitEnd(long timeoutMs) throws InterruptedException {
        return process.waitFor(timeoutMs, TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    }

    /** Makes sure that it is gone. Idempotent, from any thread. */
    void destroy() {
        process.destroyForcibly();
        process.onExit()
                .orTimeout(5, TimeUnit.SECONDS)
                .exceptionally(late -> process)
                .join();
    }

    /** The last lines of its standard error. */
    List<String> errorLines() {
        try {
            final List<String> lines = Files.readAllLines(errors);
            return lines.subList(Math.max(0, lines.size() - SHOWN_ERROR_LINES), lines.size());
        } catch (IOException e) {
            return List.of("(its standard error cannot be read: " + e + ")");
        }
    }

    private void read(BlockingQueue<Event> events) {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = output.readLine();
            while (line != null) {
                events.add(new Event(this, line, false));
                line = output.readLine();
            }
        } catch (IOException e) {
            events.add(new Event(this, Lines.FAILED + "its output cannot be read: " + e, false));
        }
        events.add(new Event(this, "", true));
    }
}
