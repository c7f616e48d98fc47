// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.Iterator;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Compiled statements by their text, least recently used first. A statement that is in use stays in the cache but is given to
 * nobody else; one that is compiled a second time meanwhile is not cached. The connection's thread only.
 */
final class StatementCache {
    /** Longer texts are compiled each time: they are seldom run twice, and would hold much memory. */
    private static final int MAX_TEXT_LENGTH = 64 * 1024;

    /** All texts together, in characters: what is compiled grows with its text, and lies outside of Java's heap. */
    private static final int MAX_TOTAL_LENGTH = 2 << 20;

    private final int capacity;
    private int totalLength;
    private final LinkedHashMap<String, SqliteStatement> statements = new LinkedHashMap<>(64, 0.75f, true);

    StatementCache(int capacity) {
        this.capacity = capacity;
    }

    /** The idle statement of this text, now in use; null when there is none. */
    @Nullable
    SqliteStatement take(String sql) {
        SqliteStatement known = statements.get(sql);
        if (known == null || known.isOpen()) {
            return null;
        }
        known.reopen();
        return known;
    }

    /** Takes in a statement that is in use; false when its text has one already. */
    boolean add(SqliteStatement statement) {
        if (statement.sql().length() > MAX_TEXT_LENGTH || statements.containsKey(statement.sql())) {
            return false;
        }
        statements.put(statement.sql(), statement);
        totalLength += statement.sql().length();
        statement.cached(true);
        trim();
        return true;
    }

    /** Finishes idle statements, oldest first, until the bound is kept or all are in use. */
    void trim() {
        if (!isFull()) {
            return;
        }
        Iterator<SqliteStatement> oldestFirst = statements.values().iterator();
        while (isFull() && oldestFirst.hasNext()) {
            SqliteStatement statement = oldestFirst.next();
            if (!statement.isOpen()) {
                oldestFirst.remove();
                totalLength -= statement.sql().length();
                statement.finish();
            }
        }
    }

    private boolean isFull() {
        return statements.size() > capacity || totalLength > MAX_TOTAL_LENGTH;
    }

    int size() {
        return statements.size();
    }

    void doomActive() {
        statements.values().forEach(SqliteStatement::doom);
    }

    void finishAll() {
        statements.values().forEach(SqliteStatement::finish);
        statements.clear();
        totalLength = 0;
    }
}
