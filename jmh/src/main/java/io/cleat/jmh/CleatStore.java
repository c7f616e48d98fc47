// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import io.cleat.Batch;
import io.cleat.ClientContext;
import io.cleat.Database;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlStatement;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.jspecify.annotations.Nullable;

/** Ours: a client of a coordinator in another JVM, through prepared statements. One thread. */
final class CleatStore implements Store {
    private final Database database;
    private final Session session;
    private final Batch batch = new Batch();
    private @Nullable SqlStatement select;
    private @Nullable SqlStatement insert;
    private @Nullable SqlStatement scan;
    private @Nullable SqlStatement update;

    CleatStore(WorkerArguments arguments) {
        final ClientContext context =
                new ClientContext().directory(arguments.cleatDirectory()).name(arguments.databaseName());
        if (arguments.isSpinning()) {
            context.waitStrategy(() -> BusySpinIdleStrategy.INSTANCE);
        }
        database = Database.open(context);
        session = database.openSession();
    }

    @Override
    public long select(long key) {
        SqlStatement statement = select;
        if (statement == null) {
            statement = session.prepare(SELECT);
            select = statement;
        }
        try (Rows row = statement.bindLong(1, key).rows()) {
            if (!row.next()) {
                throw new IllegalStateException("no row key=" + key);
            }
            return sum(row);
        }
    }

    @Override
    public void insert(long number) {
        SqlStatement statement = insert;
        if (statement == null) {
            statement = session.prepare(INSERT);
            insert = statement;
        }
        statement
                .bindText(1, Store.name(number))
                .bindDouble(2, Store.price(number))
                .update();
    }

    @Override
    public void transaction(long number) {
        SqlStatement statement = update;
        if (statement == null) {
            statement = session.prepare(UPDATE);
            update = statement;
        }
        final long key = 1 + number % 100;
        session.begin();
        insert(number);
        Blackhole.consumed(select(key), 0);
        statement.bindDouble(1, Store.price(number)).bindLong(2, key).update();
        session.commit();
    }

    @Override
    public void insertBatch(long number, int rowCount) {
        batch.clear();
        for (int i = 0; i < rowCount; i++) {
            batch.add(INSERT, Store.name(number + i), Store.price(number + i));
        }
        session.batch(batch);
    }

    @Override
    public long scan() {
        SqlStatement statement = scan;
        if (statement == null) {
            statement = session.prepare(SCAN);
            scan = statement;
        }
        long rowCount = 0;
        long sum = 0;
        try (Rows row = statement.rows()) {
            while (row.next()) {
                sum += sum(row);
                rowCount++;
            }
        }
        return Blackhole.consumed(sum, rowCount);
    }

    @Override
    public void insertAsync(long number, Consumer<@Nullable Throwable> done) {
        final CompletableFuture<?> unused = database.updateAsync(INSERT, Store.name(number), Store.price(number))
                .whenComplete((result, error) -> done.accept(error));
    }

    private static long sum(Rows row) {
        final String name = row.getText(1);
        return row.getLong(0) + (name == null ? 0 : name.length()) + (long) row.getDouble(2);
    }

    @Override
    public void close() {
        session.close();
        database.close();
    }
}
