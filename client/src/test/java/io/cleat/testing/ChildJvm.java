// SPDX-License-Identifier: Apache-2.0
package io.cleat.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A JVM of its own, started from the test's class path, that talks by lines on its standard input and output.
 *
 * <p>Every wait has a deadline, and its error shows what the child printed. Closing kills the child (-9) if it still runs,
 * and waits for its end; children never outlive the test's JVM by more than its shutdown.
 *
 * <p>Threading: one thread, the test's.
 */
public final class ChildJvm implements AutoCloseable {
    private static final long END_TIMEOUT_MS = 20_000;

    private final String name;
    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Object arrived = new Object();
    private final PrintStream input;
    private final Thread reader;
    private final Thread killer;
    private boolean outputEnded;
    private int nextLine;

    private ChildJvm(final String name, final Process process) {
        this.name = name;
        this.process = process;
        this.input = new PrintStream(process.getOutputStream(), true, UTF_8);
        this.reader = new Thread(this::readLines, "reader of " + name);
        this.reader.setDaemon(true);
        this.reader.start();
        this.killer = new Thread(process::destroyForcibly, "killer of " + name);
        Runtime.getRuntime().addShutdownHook(killer);
    }

    /**
     * Starts a JVM with 128 MB of heap.
     *
     * @param main the class with the main method.
     * @param arguments for it.
     * @return the child, running.
     */
    public static ChildJvm start(final Class<?> main, final String... arguments) {
        return start(main, List.of("-Xmx128m"), arguments);
    }

    /**
     * Starts a JVM.
     *
     * @param main the class with the main method.
     * @param jvmOptions more options, after those that Cleat needs.
     * @param arguments for the main method.
     * @return the child, running.
     */
    public static ChildJvm start(final Class<?> main, final List<String> jvmOptions, final String... arguments) {
        return startUnder(List.of(), main, jvmOptions, arguments);
    }

    /**
     * Starts a JVM by a shell that does something first, such as {@code umask 000} or {@code ulimit -n 100}.
     *
     * @param shellCommand what it does.
     * @param main the class with the main method.
     * @param jvmOptions more options, after those that Cleat needs.
     * @param arguments for the main method.
     * @return the child, running.
     */
    public static ChildJvm startAfter(
            final String shellCommand, final Class<?> main, final List<String> jvmOptions, final String... arguments) {
        return startUnder(
                List.of("/bin/sh", "-c", shellCommand + " && exec \"$@\"", "sh"), main, jvmOptions, arguments);
    }

    private static ChildJvm startUnder(
            final List<String> prefix, final Class<?> main, final List<String> jvmOptions, final String... arguments) {
        final List<String> command = new ArrayList<>(prefix);
        command.add(javaExecutable());
        command.addAll(options());
        command.addAll(jvmOptions);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        final Map<String, String> environment = builder.environment();
        // A long class path goes by the environment; "Picked up..." lines of tool options would mix with the output.
        environment.put("CLASSPATH", classPath());
        environment.remove("JAVA_TOOL_OPTIONS");
        try {
            return new ChildJvm(main.getSimpleName(), builder.start());
        } catch (final IOException e) {
            throw new AssertionError("cannot start " + command, e);
        }
    }

    /**
     * The flags that Cleat wants of a JVM, as in cleat.args.
     *
     * @return one option each.
     */
    public static List<String> options() {
        return List.of(
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dchronicle.analytics.disable=true",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto");
    }

    private static String javaExecutable() {
        final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return Files.isExecutable(java)
                ? java.toString()
                : ProcessHandle.current().info().command().orElse("java");
    }

    private static String classPath() {
        final String surefire = System.getProperty("surefire.test.class.path");
        final String own = System.getProperty("java.class.path");
        return surefire == null ? own : surefire + File.pathSeparator + own;
    }

    /**
     * Waits for a line and passes over the ones before it. A line is given once.
     *
     * @param timeout how long to wait at most.
     * @param wanted which line.
     * @return the line.
     */
    public String awaitLine(final Duration timeout, final Predicate<String> wanted) {
        final long startNs = System.nanoTime();
        synchronized (arrived) {
            while (true) {
                while (nextLine < lines.size()) {
                    final String line = lines.get(nextLine++);
                    if (wanted.test(line)) {
                        return line;
                    }
                }
                final long leftMs = TimeUnit.NANOSECONDS.toMillis(timeout.toNanos() - (System.nanoTime() - startNs));
                if (outputEnded || leftMs <= 0) {
                    throw new AssertionError("waited " + timeout + " for a line of " + this
                            + (outputEnded ? ", whose output ended" : "") + "; it printed: " + lines);
                }
                try {
                    arrived.wait(leftMs);
                } catch (final InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new AssertionError("interrupted while waiting for a line of " + this, e);
                }
            }
        }
    }

    /**
     * Waits, up to 20 s, for a line that begins with a text.
     *
     * @param prefix the text.
     * @return the rest of the line, without spaces around it.
     */
    public String awaitLine(final String prefix) {
        return awaitLine(Duration.ofSeconds(20), line -> line.startsWith(prefix))
                .substring(prefix.length())
                .trim();
    }

    /**
     * Sends a line to the child's standard input.
     *
     * @param line without the end of line.
     */
    public void send(final String line) {
        input.println(line);
    }

    /** Ends the child's standard input, as the end of this process would. */
    public void endInput() {
        input.close();
    }

    /**
     * What the child has printed so far, standard error included.
     *
     * @return a copy.
     */
    public List<String> output() {
        return List.copyOf(lines);
    }

    /**
     * The child's process id.
     *
     * @return a pid.
     */
    public long pid() {
        return process.pid();
    }

    /**
     * Whether the child runs.
     *
     * @return false when it has ended.
     */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Kills the child (-9) and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(Duration.ofMillis(END_TIMEOUT_MS));
    }

    /** Suspends the child (SIGSTOP) until it is resumed or killed. */
    public void suspend() {
        signal("STOP");
    }

    /** Lets a suspended child go on (SIGCONT). */
    public void resume() {
        signal("CONT");
    }

    private void signal(final String signal) {
        try {
            final int exitCode = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (exitCode != 0) {
                throw new AssertionError("cannot send SIG" + signal + " to " + this + ": exitCode=" + exitCode);
            }
        } catch (final IOException e) {
            throw new AssertionError("cannot send SIG" + signal + " to " + this, e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while sending SIG" + signal + " to " + this, e);
        }
    }

    /** Asks the child to end (SIGTERM), and does not wait. */
    public void terminate() {
        process.destroy();
    }

    /**
     * Waits until the child has ended and everything that it printed is read.
     *
     * @param timeout how long to wait at most.
     * @return its exit code.
     */
    public int awaitExit(final Duration timeout) {
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("waited " + timeout + " for the end of " + this + "; it printed: " + lines);
            }
            reader.join(END_TIMEOUT_MS);
            return process.exitValue();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for the end of " + this, e);
        }
    }

    /** Kills the child if it still runs, and waits for its end. Idempotent. */
    @Override
    public void close() {
        kill();
        input.close();
        try {
            Runtime.getRuntime().removeShutdownHook(killer);
        } catch (final IllegalStateException e) {
            // The JVM is going down, and the hook runs or has run.
            process.destroyForcibly();
        }
    }

    private void readLines() {
        try (BufferedReader output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            String line = output.readLine();
            while (line != null) {
                synchronized (arrived) {
                    lines.add(line);
                    arrived.notifyAll();
                }
                line = output.readLine();
            }
        } catch (final IOException e) {
            synchronized (arrived) {
                lines.add("[reading its output failed: " + e + "]");
            }
        } finally {
            synchronized (arrived) {
                outputEnded = true;
                arrived.notifyAll();
            }
        }
    }

    @Override
    public String toString() {
        return name + " (pid " + process.pid() + (process.isAlive() ? ", alive)" : ", ended)");
    }
}
