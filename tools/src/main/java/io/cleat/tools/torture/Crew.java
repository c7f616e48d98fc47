// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.tools.child.ChildProcess;
import io.cleat.tools.child.ChildProcess.Event;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a torture: starts them, and others in the place of those that are gone. Threading: the main thread;
 * {@link #destroy} from any.
 */
final class Crew {
    /** They live for seconds: what matters is that they start fast. */
    private static final List<String> JVM_OPTIONS = List.of("-XX:TieredStopAtLevel=1");

    private final TorturePlan plan;
    private final Path shared;
    private final Path disk;
    private final Path database;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Member> all = new CopyOnWriteArrayList<>();
    private int workers;
    private int coordinators;
    private volatile boolean closed;

    Crew(TorturePlan plan, Path shared, Path disk, Path database) {
        this.plan = plan;
        this.shared = shared;
        this.disk = disk;
        this.database = database;
    }

    /** What the processes say. */
    BlockingQueue<Event> events() {
        return events;
    }

    /** Everybody there ever was. */
    List<Member> all() {
        return all;
    }

    /** Who is there, coordinators last. */
    List<Member> present() {
        return all.stream().filter(member -> !member.isEnded()).toList();
    }

    /** The workers that are there. */
    List<Member> workers() {
        return all.stream()
                .filter(member -> !member.isEnded() && member.kind() != null)
                .toList();
    }

    /** The coordinator, if it is there. */
    Optional<Member> coordinator() {
        return all.stream()
                .filter(member -> !member.isEnded() && member.kind() == null)
                .findFirst();
    }

    @Nullable
    Member of(ChildProcess process) {
        return all.stream()
                .filter(member -> member.process() == process)
                .findFirst()
                .orElse(null);
    }

    Member startCoordinator() {
        coordinators++;
        final List<String> arguments =
                new ArrayList<>(List.of("serve", Books.NAME, "--until-input-ends", "--foreign-keys"));
        arguments.addAll(List.of("--database", database.toString(), "--synchronous", plan.synchronous()));
        return start("coordinator-" + coordinators, arguments, null, coordinators, false);
    }

    Member startWorker(WorkerKind kind, boolean spared) {
        workers++;
        final List<String> arguments =
                new ArrayList<>(List.of("torture-worker", kind.label(), Integer.toString(workers)));
        arguments.addAll(List.of("--seed", Long.toString(plan.seed()), "--journals", disk.toString()));
        return start(kind.label() + "-" + workers, arguments, kind, workers, spared);
    }

    private Member start(String name, List<String> arguments, @Nullable WorkerKind kind, int number, boolean spared) {
        final List<String> with = new ArrayList<>(arguments);
        with.addAll(List.of("--directory", shared.toString()));
        final ChildProcess process = ChildProcess.start(name, disk, events, JVM_OPTIONS, with);
        final Member member = new Member(process, kind, number, spared);
        all.add(member);
        if (closed) {
            // The shutdown hook has been here already.
            process.destroy();
        }
        return member;
    }

    /** How many writes were acknowledged, as far as they have said. */
    long writes() {
        return all.stream().mapToLong(Member::writes).sum();
    }

    /** How many coordinators there were. */
    int coordinators() {
        return coordinators;
    }

    /** How many workers there were, which are numbered from 1. */
    int workerCount() {
        return workers;
    }

    /** Kills all. Idempotent. */
    void destroy() {
        closed = true;
        all.forEach(member -> member.process().destroy());
    }
}
