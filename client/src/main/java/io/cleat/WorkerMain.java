// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.io.DataInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The JVM of a {@link RemoteComputation}: takes one order from its standard input, answers on its standard output, and ends. It ends at
 * once when its standard input does, because then whoever started it is gone.
 */
final class WorkerMain {
    private static final int ORPHANED = 3;

    private WorkerMain() {}

    public static void main(String[] args) throws IOException {
        final FileOutputStream answers = new FileOutputStream(FileDescriptor.out);
        // What the computation prints must not mix with the answer.
        System.setOut(System.err);
        final DataInputStream in = new DataInputStream(System.in);
        final byte[] order = WorkerMessage.readAnswer(in).bytes();
        watch(in);
        answer(answers, order);
        // Threads that the computation has left behind do not keep the JVM.
        System.exit(0);
    }

    @SuppressWarnings("CatchAndPrintStackTrace") // the trace is the answer
    private static void answer(FileOutputStream answers, byte[] bytes) throws IOException {
        byte[] answer;
        int kind;
        try {
            final @Nullable Serializable result = run(bytes);
            kind = WorkerMessage.RESULT;
            answer = WorkerMessage.serialize("the result", result);
        } catch (Throwable t) {
            try {
                kind = WorkerMessage.THROWN;
                answer = WorkerMessage.serialize("the exception", t);
            } catch (CleatException e) {
                final StringWriter trace = new StringWriter();
                t.printStackTrace(new PrintWriter(trace));
                kind = WorkerMessage.UNTRANSPORTABLE;
                answer = (e.getMessage() + "\n" + trace).getBytes(StandardCharsets.UTF_8);
            }
        }
        WorkerMessage.write(answers, kind, answer);
    }

    @SuppressWarnings("NullAway") // null where A allows it
    private static @Nullable Serializable run(byte[] bytes) throws Exception {
        final WorkerMessage.Order order =
                (WorkerMessage.Order) WorkerMessage.deserialize(bytes, WorkerMain.class.getClassLoader());
        if (order == null) {
            throw new CleatException(ErrorCode.DAMAGED, "the order is empty");
        }
        final RemoteComputation<@Nullable Serializable, @Nullable Serializable, Exception> computation =
                computation(order.typeName());
        final Duration timeout = Duration.ofNanos(order.timeoutNs());
        final ClientContext context = ClientContext.ofHandle(order.handle())
                .clientName("computation " + order.typeName() + " pid="
                        + ProcessHandle.current().pid())
                .connectTimeout(timeout)
                .requestTimeout(timeout);
        try (Database database = Database.open(context)) {
            if (DatabaseHandle.parse(order.handle()).token() == 0) {
                return computation.compute(database, order.argument());
            }
            return database.<@Nullable Serializable, Exception>join(
                    order.handle(), transaction -> computation.compute(database, order.argument()));
        }
    }

    @SuppressWarnings("unchecked") // the caller's compiler has seen to the types
    private static RemoteComputation<@Nullable Serializable, @Nullable Serializable, Exception> computation(
            String typeName) throws Exception {
        final Constructor<?> constructor = Class.forName(typeName).getDeclaredConstructor();
        constructor.setAccessible(true);
        try {
            return (RemoteComputation<@Nullable Serializable, @Nullable Serializable, Exception>)
                    constructor.newInstance();
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private static void watch(DataInputStream in) {
        final Thread watcher = new Thread(
                () -> {
                    try {
                        while (in.read() >= 0) {}
                    } catch (IOException e) {
                        // As good as its end.
                    }
                    Runtime.getRuntime().halt(ORPHANED);
                },
                "cleat-parent-watch");
        watcher.setDaemon(true);
        watcher.start();
    }
}
