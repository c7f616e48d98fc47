// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.Batch;
import io.cleat.Database;
import io.cleat.ErrorCode;
import io.cleat.Outcome;
import io.cleat.Rows;
import io.cleat.Session;
import io.cleat.SqlException;
import io.cleat.SqlStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes that commit by themselves, in all forms there are. Threading: one thread. */
final class WriterWorker implements Worker {
    private static final long PATIENCE_S = 90;

    private final SplittableRandom random;
    private final Attempts attempts;
    private final Journal journal;
    private @Nullable SqlStatement prepared;

    WriterWorker(SplittableRandom random, Attempts attempts) {
        this.random = random;
        this.attempts = attempts;
        this.journal = attempts.journal();
    }

    @Override
    public void open(Database database) {
        final Session session = database.openSession();
        prepared = session.prepare(Books.INSERT);
    }

    @Override
    public void work(Database database) {
        switch (random.nextInt(8)) {
            case 0 -> attempts.attempt(1, "insert", unit -> insert(database, unit));
            case 1, 2 -> attempts.attempt(1, "prepared", this::prepared);
            case 3 -> pipeline(database);
            case 4 -> batch(database);
            case 5 -> returning(database);
            case 6 -> script(database);
            default -> refused(database);
        }
    }

    private void insert(Database database, long unit) {
        changed(
                unit,
                1,
                database.update(Books.INSERT, journal.worker(), unit, 0).changeCount());
    }

    private void prepared(long unit) {
        final SqlStatement statement = prepared;
        if (statement == null) {
            throw new IllegalStateException("nothing was opened");
        }
        statement.bindLong(1, journal.worker()).bindLong(2, unit).bindLong(3, 0);
        changed(unit, 1, statement.update());
    }

    /** Several are on their way at once; each is a unit. */
    private void pipeline(Database database) {
        final int count = 2 + random.nextInt(15);
        final List<CompletableFuture<?>> sent = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            final long unit = journal.intend(1, "async");
            try {
                sent.add(database.updateAsync(Books.INSERT, journal.worker(), unit, 0)
                        .handle((result, failure) -> {
                            if (failure != null) {
                                attempts.settle(unit, failure);
                            } else {
                                changed(unit, 1, result.changeCount());
                                journal.acknowledge(unit);
                            }
                            return unit;
                        }));
            } catch (RuntimeException e) {
                attempts.settle(unit, e);
            }
        }
        CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new))
                .orTimeout(PATIENCE_S, TimeUnit.SECONDS)
                .join();
    }

    private void batch(Database database) {
        final int parts = 2 + random.nextInt(30);
        attempts.attempt(parts, "batch", unit -> {
            final Batch batch = new Batch();
            for (int part = 0; part < parts; part++) {
                batch.add(Books.INSERT, journal.worker(), unit, part);
            }
            final long count = random.nextBoolean()
                    ? database.batch(batch).changeCount()
                    : database.batchAsync(batch)
                            .get(PATIENCE_S, TimeUnit.SECONDS)
                            .changeCount();
            changed(unit, parts, count);
        });
    }

    private void returning(Database database) {
        attempts.attempt(2, "returning", unit -> {
            int part = 0;
            try (Rows rows = database.rows(
                    "INSERT INTO facts(worker, unit, part) VALUES (?1, ?2, 0), (?1, ?2, 1) RETURNING unit, part",
                    journal.worker(),
                    unit)) {
                while (rows.next()) {
                    if (rows.getLong(0) != unit || rows.getLong(1) != part) {
                        journal.violated(
                                "result",
                                "RETURNING of unit " + unit + " part " + part + " gave unit " + rows.getLong(0)
                                        + " part " + rows.getLong(1));
                    }
                    part++;
                }
            }
            changed(unit, 2, part);
        });
    }

    private void script(Database database) {
        attempts.attempt(3, "script", unit -> {
            final StringBuilder sql = new StringBuilder();
            for (int part = 0; part < 3; part++) {
                sql.append("INSERT INTO facts(worker, unit, part) VALUES (")
                        .append(journal.worker() + ", " + unit + ", " + part + ");\n");
            }
            changed(unit, 3, database.script(sql.toString()).changeCount());
        });
    }

    /** The second row breaks a rule of the table, and so nothing of the batch may be there. */
    private void refused(Database database) {
        final long unit = journal.intend(2, "refused");
        try {
            database.batch(batch ->
                    batch.add(Books.INSERT, journal.worker(), unit, 0).add(Books.INSERT, journal.worker(), unit, -1));
            journal.violated("result", "unit " + unit + " was not refused");
            journal.acknowledge(unit);
        } catch (SqlException e) {
            if (e.code() != ErrorCode.SQL || e.outcome() != Outcome.NOT_APPLIED) {
                journal.violated(
                        "result", "a CHECK constraint was answered code=" + e.code() + " outcome=" + e.outcome());
            }
            journal.refuse(unit, e);
        } catch (RuntimeException e) {
            attempts.settle(unit, e);
        }
    }

    private void changed(long unit, long expected, long actual) {
        if (expected != actual) {
            journal.violated("result", "unit " + unit + " changed " + expected + " rows and was told " + actual);
        }
    }
}
