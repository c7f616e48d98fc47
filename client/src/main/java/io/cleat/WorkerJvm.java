// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.queue.JvmFlags;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One computation in a JVM of its own, for {@link Database#computeInNewJvm}: starts it, sends it what to do, waits for its answer, and
 * kills it if that does not come. The other side is {@link WorkerMain}.
 *
 * <p>One run by one thread.
 *
 * @param <A> of the argument.
 * @param <R> of the result.
 * @param <X> what the computation may throw.
 */
final class WorkerJvm<A extends @Nullable Serializable, R extends @Nullable Serializable, X extends Exception> {
    private static final long REAP_TIMEOUT_MS = 5_000;

    private final DatabaseParts parts;
    private final Class<? extends RemoteComputation<A, R, X>> type;

    WorkerJvm(DatabaseParts parts, Class<? extends RemoteComputation<A, R, X>> type) {
        this.parts = parts;
        this.type = type;
    }

    R run(A argument, long timeoutNs) throws X {
        final byte[] order = WorkerMessage.serialize(
                "the argument of " + type.getName(),
                new WorkerMessage.Order(handle(), type.getName(), timeoutNs, argument));
        final long startNs = System.nanoTime();
        final Process process = start();
        try {
            final CompletableFuture<WorkerMessage.Answer> answer = new CompletableFuture<>();
            final Thread talker = new Thread(() -> talk(process, order, answer), "cleat-compute-jvm-" + process.pid());
            talker.setDaemon(true);
            talker.start();
            return outcome(process, await(process, answer, startNs, timeoutNs));
        } finally {
            end(process);
        }
    }

    /** Of the transaction that the calling thread has open, or of the database. */
    private String handle() {
        final String handle = parts.connection().handle();
        final ThreadScopes.@Nullable Scope scope = parts.pool().scopes().current();
        if (scope == null) {
            return handle;
        }
        scope.guard().check();
        final long token = scope.session().state().token();
        if (token == 0) {
            throw Failures.misuse(
                    "another JVM cannot share a snapshot or exclusive access, which this thread has open: use compute(), or a"
                            + " transaction");
        }
        return DatabaseHandle.parse(handle).with(token).toString();
    }

    private static Process start() {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(JvmFlags.line().split(" ")));
        // The JVM's own warnings would mix with the answer.
        command.add("-XX:+DisplayVMOutputToStderr");
        command.add(WorkerMain.class.getName());
        final ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        // A class path may be longer than an argument.
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        try {
            return builder.start();
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "a JVM cannot be started: " + command, e);
        }
    }

    private static void talk(Process process, byte[] order, CompletableFuture<WorkerMessage.Answer> answer) {
        try {
            // Left open: its end tells the child that we are gone.
            WorkerMessage.write(process.getOutputStream(), order);
            final DataInputStream in = new DataInputStream(process.getInputStream());
            answer.complete(WorkerMessage.readAnswer(in));
        } catch (IOException | RuntimeException | Error e) {
            answer.completeExceptionally(e);
        }
    }

    private WorkerMessage.Answer await(
            Process process, CompletableFuture<WorkerMessage.Answer> answer, long startNs, long timeoutNs) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.get(timeoutNs - (System.nanoTime() - startNs), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    throw new CallTimeoutException(
                            ErrorCode.TIMEOUT,
                            "the deadline passed: waited for " + type.getName() + " timeoutMs=" + timeoutNs / 1_000_000
                                    + " in the JVM of pid=" + process.pid() + ", which is killed",
                            Outcome.UNKNOWN,
                            Stage.UNKNOWN,
                            null,
                            null,
                            null);
                } catch (ExecutionException e) {
                    throw broken(process, e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private CleatException broken(Process process, @Nullable Throwable cause) {
        final boolean ended = cause instanceof EOFException || (cause instanceof IOException && !process.isAlive());
        if (ended) {
            // So that the exit code is its own.
            awaitExit(process);
        }
        end(process);
        return new CleatException(
                ErrorCode.IO,
                "the JVM that computed " + type.getName()
                        + (ended ? " ended without a result" : " gave no readable result")
                        + ": pid=" + process.pid()
                        + (process.isAlive() ? "" : " exitCode=" + process.exitValue()) + " cause=" + cause,
                cause);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // what the computation returned is an R
    private R outcome(Process process, WorkerMessage.Answer answer) throws X {
        final String seam = "worker JVM pid=" + process.pid();
        switch (answer.kind()) {
            case WorkerMessage.RESULT -> {
                return (R) WorkerMessage.deserialize(answer.bytes(), type.getClassLoader());
            }
            case WorkerMessage.THROWN -> {
                final @Nullable Object thrown = WorkerMessage.deserialize(answer.bytes(), type.getClassLoader());
                if (thrown instanceof Throwable throwable) {
                    throw WorkerThread.<X>rethrown(Traces.joined(throwable, seam));
                }
                throw new CleatException(ErrorCode.DAMAGED, "no exception, where one was announced: " + thrown);
            }
            default -> throw Failures.misuse("in the " + seam + ": " + WorkerMessage.text(answer.bytes()));
        }
    }

    /** Kills the child if it still runs, and waits a while for its end, so that nothing is left of it. */
    private static void end(Process process) {
        process.destroyForcibly();
        awaitExit(process);
    }

    private static void awaitExit(Process process) {
        boolean interrupted = false;
        final long startNs = System.nanoTime();
        long leftMs = REAP_TIMEOUT_MS;
        while (process.isAlive() && leftMs > 0) {
            try {
                process.waitFor(leftMs, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            leftMs = REAP_TIMEOUT_MS - (System.nanoTime() - startNs) / 1_000_000;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
