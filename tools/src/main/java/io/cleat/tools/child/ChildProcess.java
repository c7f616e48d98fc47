// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.child;

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
 * A JVM that a command started, with the class path of this one. It holds the other end of a pipe to us as its standard input, so
 * that it notices our end, however we go. Threading: its owner's; a thread of its own reads its output.
 */
public final class ChildProcess {
    /** How a line begins in which a child says what failed. */
    public static final String FAILED = "E ";

    private static final int SHOWN_ERROR_LINES = 12;
    private static final long SIGNAL_TIMEOUT_S = 10;

    private final String name;
    private final Process process;
    private final Path errors;
    private volatile boolean killed;

    private ChildProcess(String name, Process process, Path errors) {
        this.name = name;
        this.process = process;
        this.errors = errors;
    }

    /**
     * A line that a child printed, or its end.
     *
     * @param child that printed it.
     * @param line what it printed; empty for its end.
     * @param ended whether this is its end: its output has ended.
     */
    public record Event(ChildProcess child, String line, boolean ended) {}

    /**
     * Starts {@code cleat} in a JVM of its own.
     *
     * @param name for people, and for the file of its standard error.
     * @param folder for that file.
     * @param events gets its lines, and then its end.
     * @param jvmOptions more options of the JVM.
     * @param arguments of the command.
     * @return the child, running.
     * @throws CleatException IO when it cannot be started.
     */
    public static ChildProcess start(
            String name, Path folder, BlockingQueue<Event> events, List<String> jvmOptions, List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JvmFlags.line().split(" ")));
        // Small JVMs: there are many of them, perhaps on two cores.
        command.addAll(List.of("-Xmx96m", "-XX:+UseSerialGC", "-Xshare:auto", "-Dchronicle.analytics.disable=true"));
        command.addAll(jvmOptions);
        command.add("io.cleat.tools.Cleat");
        command.addAll(arguments);
        final Path errors = folder.resolve(name + ".err");
        final ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        try {
            final ChildProcess child = new ChildProcess(name, builder.start(), errors);
            final Thread reader = new Thread(() -> child.read(events), "cleat-child-" + name);
            reader.setDaemon(true);
            reader.start();
            return child;
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot start a JVM for " + name + ": " + e.getMessage(), e);
        }
    }

    /** {@return its name} */
    public String name() {
        return name;
    }

    /** {@return its process id} */
    public long pid() {
        return process.pid();
    }

    /** {@return whether {@link #kill} was called} */
    public boolean isKilled() {
        return killed;
    }

    /** {@return whether it runs, or is suspended} */
    public boolean isAlive() {
        return process.isAlive();
    }

    /**
     * Kills it with SIGKILL, on purpose, and waits for its end.
     *
     * @throws InterruptedException when interrupted while waiting.
     */
    public void kill() throws InterruptedException {
        killNow();
        process.waitFor(10, TimeUnit.SECONDS);
    }

    /** As {@link #kill}, without waiting. */
    public void killNow() {
        killed = true;
        process.destroyForcibly();
    }

    /**
     * Suspends it (SIGSTOP) or lets it go on (SIGCONT). Does nothing when it has ended.
     *
     * @param suspended what it shall be.
     * @throws InterruptedException when interrupted.
     */
    public void suspend(boolean suspended) throws InterruptedException {
        if (!process.isAlive()) {
            return;
        }
        try {
            final Process kill = new ProcessBuilder("kill", suspended ? "-STOP" : "-CONT", Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(SIGNAL_TIMEOUT_S, TimeUnit.SECONDS)) {
                kill.destroyForcibly();
            }
        } catch (IOException e) {
            throw new CleatException(
                    ErrorCode.IO, "cannot run kill for pid " + process.pid() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Sends it a line.
     *
     * @param line without its end.
     */
    public void send(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            // It has gone, which its end will say.
            process.destroy();
        }
    }

    /** Asks it to end, by the end of its input. */
    public void askToEnd() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has gone already.
            process.destroy();
        }
    }

    /**
     * Waits for its end.
     *
     * @param timeoutMs how long.
     * @return its exit code, or -1 when it did not end in time.
     * @throws InterruptedException when interrupted.
     */
    public int awaitEnd(long timeoutMs) throws InterruptedException {
        return process.waitFor(timeoutMs, TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    }

    /** Makes sure that it is gone. Idempotent, from any thread. */
    public void destroy() {
        process.destroyForcibly();
        process.onExit()
                .orTimeout(5, TimeUnit.SECONDS)
                .exceptionally(late -> process)
                .join();
    }

    /** {@return the last lines of its standard error} */
    public List<String> errorLines() {
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
            events.add(new Event(this, FAILED + "its output cannot be read: " + e, false));
        }
        events.add(new Event(this, "", true));
    }
}
