// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.LiveSubscription;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.SleepingIdleStrategy;

/** JVMs that listen to what others commit. Main thread; what they are told comes on a client's own thread. */
final class ListeningWorker {
    private static final long CROWD_REST_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private ListeningWorker() {}

    /** One client that spins, and tells at once what it has seen. */
    static void once(WorkerArguments arguments) throws IOException {
        final Sighting sighting = Sighting.open(arguments.sighting());
        try (Database database = Database.open(context(arguments)
                .backgroundIdleStrategy(() -> BusySpinIdleStrategy.INSTANCE)
                .completionExecutor(Runnable::run))) {
            final LiveSubscription subscription = arguments.isLive()
                    ? database.watchFirst("SELECT number FROM seen WHERE id = 1", row -> row.getLong(0))
                            .listen(number -> sighting.saw(number.orElse(0L)))
                    : database.updates("seen").listen(update -> sighting.saw(update.commitSequence()));
            System.out.println(Worker.READY);
            Worker.waitForEnd(Worker.input());
            subscription.close();
        }
    }

    /** Clients that look for updates every 10 ms, and listen or not, as they are told. */
    static void crowd(WorkerArguments arguments) throws IOException {
        final List<Database> databases = new ArrayList<>();
        final List<LiveSubscription> subscriptions = new ArrayList<>();
        try {
            for (int i = 0; i < arguments.clientCount(); i++) {
                databases.add(Database.open(context(arguments)
                        .backgroundIdleStrategy(() -> new SleepingIdleStrategy(CROWD_REST_NS))
                        .completionExecutor(Runnable::run)));
            }
            System.out.println(Worker.READY);
            final BufferedReader commands = Worker.input();
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                subscriptions.forEach(LiveSubscription::close);
                subscriptions.clear();
                if (line.equals(CoordinatorWorker.SPIN)) {
                    databases.forEach(database -> subscriptions.add(database.updates(arguments.table())
                            .listen(update -> Blackhole.consumed(update.commitSequence(), 0))));
                }
                // What is given up may be told to the coordinator a little later.
                LockSupport.parkNanos(10 * CROWD_REST_NS);
                System.out.println(Worker.OK);
            }
        } finally {
            databases.forEach(Database::close);
        }
    }

    private static ClientContext context(WorkerArguments arguments) {
        return new ClientContext().directory(arguments.cleatDirectory()).name(arguments.databaseName());
    }
}
