// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh.micro;

import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlStatement;
import io.cleat.coordinator.Coordinator;
import io.cleat.coordinator.CoordinatorContext;
import io.cleat.coordinator.sqlite.Synchronous;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A request there and back, with the coordinator in the same JVM on a thread of its own; both spin, so this needs two cores. The
 * figures between JVMs, and against plain SQLite, come from {@code cleat bench}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@NullUnmarked // set up by JMH
public class RoundTripBenchmark {
    private static final int ROW_COUNT = 10_000;
    private static final String DATABASE = "jmh";

    private Path shared;
    private Path disk;
    private Coordinator coordinator;
    private Database database;
    private Session session;
    private SqlStatement select;
    private SqlStatement insert;
    private long number;

    /** Made by JMH. */
    public RoundTripBenchmark() {}

    /** Starts a coordinator, attaches, and fills the table. */
    @Setup
    public void open() throws IOException {
        shared = Scratch.sharedFolder();
        disk = Scratch.diskFolder();
        coordinator = Coordinator.launch(new CoordinatorContext(DATABASE)
                .directory(shared)
                .databaseFile(disk.resolve("jmh.db"))
                .synchronous(Synchronous.NORMAL)
                .idleStrategy(() -> BusySpinIdleStrategy.INSTANCE));
        database = Database.open(
                new ClientContext().directory(shared).name(DATABASE).waitStrategy(() -> BusySpinIdleStrategy.INSTANCE));
        session = database.openSession();
        session.update("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL)");
        session.update("INSERT INTO item(name, price)"
                + " WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " + ROW_COUNT + ")"
                + " SELECT printf('item-%d', 1000000 + i), i / 100.0 FROM n");
        select = session.prepare("SELECT id, name, price FROM item WHERE id = ?");
        insert = session.prepare("INSERT INTO item(name, price) VALUES (?, ?)");
    }

    /** Ends them, and deletes the files. */
    @TearDown
    public void close() {
        session.close();
        database.close();
        coordinator.close();
        Scratch.delete(shared);
        Scratch.delete(disk);
    }

    /** {@return a sum over one row of three columns, found by key} */
    @Benchmark
    public double select() {
        try (Rows row = select.bindLong(1, 1 + number++ % ROW_COUNT).rows()) {
            row.next();
            final String name = row.getText(1);
            return row.getLong(0) + name.length() + row.getDouble(2);
        }
    }

    /** {@return how many rows an autocommit INSERT changed} */
    @Benchmark
    public long insert() {
        return insert.bindText(1, "item-1000042")
                .bindDouble(2, (double) number++)
                .update();
    }
}
