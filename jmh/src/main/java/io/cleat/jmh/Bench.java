// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.queue.JvmFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * What a case works with: the options, the folders, and a way to fork JVMs that end with the case.
 *
 * <p>Used by the main thread; the shutdown hook only kills.
 */
final class Bench implements AutoCloseable {
    /** How long a JVM may take to start and attach, with many others doing the same. */
    static final double START_TIMEOUT_S = 60;

    private final BenchOptions options;
    private final Site site;
    private final Deque<WorkerProcess> workers = new ArrayDeque<>();
    private final List<WorkerProcess> killable = Collections.synchronizedList(new ArrayList<>());
    private final Thread hook = new Thread(this::abandon, "bench-abandoned");
    private final List<String> complaints = new ArrayList<>();
    private int forked;

    Bench(BenchOptions options) throws IOException {
        this.options = options;
        this.site = Site.create(options);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    BenchOptions options() {
        return options;
    }

    Site site() {
        return site;
    }

    /** Starts a coordinator or a worker; wait for {@link Worker#READY} then. Those started last are stopped first. */
    WorkerProcess fork(WorkerArguments arguments) throws IOException {
        forked++;
        final String title = arguments.role() + "-" + forked;
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions());
        command.add("-Xmx512m");
        final Path profiles = options.profileDirectory();
        if (profiles != null) {
            Files.createDirectories(profiles);
            command.add("-XX:StartFlightRecording=settings=profile,dumponexit=true,filename="
                    + profiles.resolve(title + ".jfr").toAbsolutePath());
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Worker.class.getName());
        command.addAll(arguments.words());
        final WorkerProcess worker =
                WorkerProcess.start(title, command, site.databases().resolve(title + ".log"));
        workers.push(worker);
        killable.add(worker);
        return worker;
    }

    /** {@return the options of a JVM that uses Cleat, those of cleat.args} */
    static List<String> jvmOptions() {
        return List.of((JvmFlags.line() + " -Dchronicle.analytics.disable=true").split(" ", -1));
    }

    /** Starts one and waits until it is ready. */
    WorkerProcess forkReady(WorkerArguments arguments) throws IOException, InterruptedException {
        final WorkerProcess worker = fork(arguments);
        worker.await(Worker.READY, START_TIMEOUT_S);
        return worker;
    }

    /** Ends one before the others, and keeps what it complained of. */
    void end(WorkerProcess worker) {
        worker.close();
        complaints.addAll(worker.log());
        workers.remove(worker);
        killable.remove(worker);
    }

    /** Ends all that still run: clients before their coordinator. */
    void endAll() {
        while (!workers.isEmpty()) {
            end(workers.peek());
        }
    }

    /** {@return what the processes that ended since the last call wrote to standard error} */
    List<String> takeComplaints() {
        final List<String> taken = List.copyOf(complaints);
        complaints.clear();
        return taken;
    }

    private void abandon() {
        List.copyOf(killable).forEach(WorkerProcess::kill);
        site.close();
    }

    @Override
    public void close() {
        endAll();
        site.close();
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
