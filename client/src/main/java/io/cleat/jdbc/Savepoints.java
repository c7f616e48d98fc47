// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.Session;
import java.util.ArrayList;
import java.util.List;

/**
 * The savepoints that are open in a transaction, by name. Before the transaction has the write turn there is nothing to undo, and they are known
 * here only; they are set for real when it gets the turn.
 *
 * <p>Not thread-safe: of a {@link JdbcTransactions}.
 */
final class Savepoints {
    private static final int NOT_SET = 0;

    private final List<String> names = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    void set(String name, int number) {
        names.add(name);
        numbers.add(number);
    }

    void setHere(String name) {
        set(name, NOT_SET);
    }

    /** The transaction has the write turn now: sets for real what is known here only. */
    void setAll(Session session) {
        for (int i = 0; i < numbers.size(); i++) {
            numbers.set(i, session.savepoint());
        }
    }

    /** The place of the newest one of a name, which SQLite compares without regard to ASCII case; -1: none. */
    int indexOf(String name) {
        int i = names.size() - 1;
        while (i >= 0 && !names.get(i).equalsIgnoreCase(name)) {
            i--;
        }
        return i;
    }

    int number(int index) {
        return numbers.get(index);
    }

    /** Forgets those from a place on. */
    void removeFrom(int index) {
        names.subList(index, names.size()).clear();
        numbers.subList(index, numbers.size()).clear();
    }

    void clear() {
        names.clear();
        numbers.clear();
    }
}
