// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.coordinator.sqlite.Synchronous;
import java.io.BufferedReader;

/**
 * The coordinator of a case, in a JVM of its own. One that spins is told to rest while the other side works: it would take a core
 * from it. Main thread only.
 */
final class CoordinatorWorker {
    static final String SPIN = "spin";
    static final String REST = "rest";

    private CoordinatorWorker() {}

    static void run(WorkerArguments arguments) throws Exception {
        final SwitchedIdleStrategy idle = new SwitchedIdleStrategy();
        final CoordinatorContext context = new CoordinatorContext(arguments.databaseName())
                .directory(arguments.cleatDirectory())
                .databaseFile(arguments.databaseFile())
                .synchronous(Synchronous.valueOf(arguments.synchronous()))
                .errorHandler(error -> System.err.println("coordinator: " + error));
        if (arguments.isSpinning()) {
            context.idleStrategy(() -> idle);
        }
        try (Coordinator coordinator = Coordinator.launch(context)) {
            System.out.println(Worker.READY + " " + coordinator.name());
            final BufferedReader commands = Worker.input();
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                idle.spinning(line.equals(SPIN));
                System.out.println(Worker.OK);
            }
        }
    }
}
