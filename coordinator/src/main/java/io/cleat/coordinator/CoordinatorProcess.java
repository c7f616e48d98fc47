// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.queue.JvmFlags;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts a coordinator in a JVM of its own, which outlives this one.
 *
 * <p>Thread-safe: no state.
 */
public final class CoordinatorProcess {
    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private CoordinatorProcess() {}

    /**
     * Starts the process and waits until it serves. Its output goes to {@code coordinator.log} in the database's folder of the
     * directory. It runs with this JVM's Java and class path, in a session of its own where {@code setsid} exists, so that a
     * Ctrl-C meant for this process does not reach it.
     *
     * @param context all that is a value goes along; handlers and the idle strategy have their defaults there. Its directory is set to the
     *     one used, so that {@link CoordinatorContext#clientContext()} leads there.
     * @param timeoutNs how long it may take, in nanoseconds.
     * @return its entry in the name server; {@link NameEntry#pid()} is the process.
     * @throws CleatException MISUSE when the context has a hook or an interceptor, NAME_IN_USE, or IO with the process's last words, or TIMEOUT.
     */
    public static NameEntry spawn(CoordinatorContext context, long timeoutNs) {
        final CleatDirectory directory = CleatDirectory.resolve(context.directory());
        final List<String> arguments = CoordinatorArguments.of(context.directory(directory.path()));
        final Path log = directory.createDatabase(context.name()).resolve("coordinator.log");
        // Not through a link, and for nobody else, whatever the umask.
        CleatDirectory.createPrivateFile(log);
        final Process process = start(arguments, log);
        final NameServer names = NameServer.open(directory);
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (true) {
            final NameEntry entry = awaitBriefly(names, context.name());
            if (entry != null && isOurs(entry, process)) {
                return entry;
            }
            if (!process.isAlive()) {
                throw new CleatException(
                        ErrorCode.IO,
                        "the coordinator's process ended at once: name=" + context.name() + " exit="
                                + process.exitValue() + " log=" + log + ": " + lastWords(log));
            }
            if (System.nanoTime() - deadlineNs > 0) {
                process.destroy();
                throw new CleatException(
                        ErrorCode.TIMEOUT,
                        "the coordinator's process does not serve yet and was ended: name=" + context.name() + " pid="
                                + process.pid() + " timeoutMs=" + timeoutNs / 1_000_000 + " log=" + log);
            }
        }
    }

    private static Process start(List<String> arguments, Path log) {
        final List<String> command = new ArrayList<>();
        if (Files.isExecutable(SETSID)) {
            command.add(SETSID.toString());
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JvmFlags.line().split(" ")));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(CoordinatorMain.class.getName());
        command.addAll(arguments);
        final File file = log.toFile();
        try {
            return new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(file))
                    .redirectError(ProcessBuilder.Redirect.appendTo(file))
                    .start();
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot start a coordinator's process: " + command, e);
        }
    }

    private static @org.jspecify.annotations.Nullable NameEntry awaitBriefly(NameServer names, String name) {
        try {
            return names.await(name, POLL_NS);
        } catch (CleatException e) {
            if (e.code() == ErrorCode.NOT_REGISTERED) {
                return null;
            }
            throw e;
        }
    }

    /** setsid may fork: then the coordinator is its child. */
    private static boolean isOurs(NameEntry entry, Process process) {
        return entry.pid() == process.pid() || process.descendants().anyMatch(child -> child.pid() == entry.pid());
    }

    private static String lastWords(Path log) {
        try {
            final List<String> lines = Files.readAllLines(log);
            return String.join(" | ", lines.subList(0, Math.min(5, lines.size())));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }
}
