// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.Database;
import io.cleat.Outcome;
import io.cleat.RequestException;
import io.cleat.Transaction;
import io.cleat.UpdateResult;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Transactions over two accounts, with savepoints that stay and savepoints that are undone. Threading: one thread. */
final class TransferWorker implements Worker {
    private static final long PATIENCE_S = 90;

    private final SplittableRandom random;
    private final Attempts attempts;
    private final Journal journal;

    TransferWorker(SplittableRandom random, Attempts attempts) {
        this.random = random;
        this.attempts = attempts;
        this.journal = attempts.journal();
    }

    /** Thrown to undo a block. */
    private static final class Undo extends Exception {
        private static final long serialVersionUID = 1L;

        Undo() {
            super("undone on purpose");
        }
    }

    @Override
    public void work(Database database) {
        final int from = 1 + random.nextInt(Books.ACCOUNTS);
        final int to = 1 + (from + random.nextInt(Books.ACCOUNTS - 1)) % Books.ACCOUNTS;
        final long amount = 1L + random.nextInt(1000);
        final int form = random.nextInt(7);
        final long unit = journal.intend(2, form == 0 ? "undone transfer" : "transfer");
        final boolean[] committing = new boolean[1];
        final List<CompletableFuture<UpdateResult>> unanswered = new ArrayList<>();
        try {
            database.inTransaction(transaction -> {
                give(transaction, unit, 0, from, -amount);
                if (form == 0) {
                    throw new Undo();
                }
                if (form < 3) {
                    undoSavepoint(transaction, unit, to);
                }
                if (form == 4) {
                    // Both on their way at once; calls of this thread run in its transaction.
                    final var update = database.updateAsync(Books.ADD, amount, to);
                    final var insert = database.updateAsync(Books.INSERT_SHARE, journal.worker(), unit, 1, to, amount);
                    update.get(PATIENCE_S, TimeUnit.SECONDS);
                    insert.get(PATIENCE_S, TimeUnit.SECONDS);
                } else if (form == 5) {
                    // COMMIT goes out before these are answered.
                    unanswered.add(database.updateAsync(Books.ADD, amount, to));
                    unanswered.add(database.updateAsync(Books.INSERT_SHARE, journal.worker(), unit, 1, to, amount));
                } else {
                    transaction.inTransaction(savepoint -> give(savepoint, unit, 1, to, amount));
                }
                committing[0] = true;
            });
            journal.acknowledge(unit);
            for (CompletableFuture<UpdateResult> answer : unanswered) {
                applied(unit, answer);
            }
        } catch (Undo e) {
            journal.refuse(unit, e);
        } catch (Exception e) {
            if (committing[0]) {
                attempts.settle(unit, e);
            } else if (e instanceof RequestException lost && lost.outcome() == Outcome.APPLIED) {
                journal.violated("call", "unit " + unit + " was not committed and yet APPLIED: " + e);
                journal.acknowledge(unit);
            } else {
                // COMMIT was never sent, whatever became of the statement.
                attempts.expect(e);
                journal.refuse(unit, "before COMMIT: " + e);
            }
        }
    }

    /** Of a transaction that was committed: what is missing may be the result only. */
    private void applied(long unit, CompletableFuture<UpdateResult> answer) {
        try {
            final long changed = answer.get(PATIENCE_S, TimeUnit.SECONDS).changeCount();
            if (changed != 1) {
                journal.violated("result", "unit " + unit + " changed one row and was told " + changed);
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof RequestException lost) || lost.outcome() != Outcome.APPLIED) {
                journal.violated(
                        "result", "unit " + unit + " was committed, and a statement of it told " + e.getCause());
            }
        } catch (InterruptedException | TimeoutException e) {
            journal.violated("result", "unit " + unit + " was committed, and a statement of it not answered: " + e);
        }
    }

    private void give(Transaction transaction, long unit, int part, int account, long amount) {
        final long changed = transaction.update(Books.ADD, amount, account).changeCount();
        if (changed != 1) {
            journal.violated("result", "unit " + unit + " changed one account and was told " + changed);
        }
        transaction.update(Books.INSERT_SHARE, journal.worker(), unit, part, account, amount);
    }

    private void undoSavepoint(Transaction transaction, long unit, int account) {
        try {
            transaction.inTransaction(savepoint -> {
                give(savepoint, unit, Books.UNDONE, account, 1_000_000_000);
                throw new Undo();
            });
        } catch (Undo e) {
            // As it should be; when the undoing itself failed, the next statement fails.
            return;
        }
    }
}
