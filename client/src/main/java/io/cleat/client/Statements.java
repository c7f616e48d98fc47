// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The SQL texts that the coordinator keeps for this client, at most a bound of them and of their characters; the ones used least recently go, an eighth
 * at a time.
 *
 * <p>Thread-safe. A look-up of a known text takes no lock and allocates nothing.
 */
final class Statements {
    /** Longer texts are scripts or literals; keeping them would cost more than sending them. */
    private static final int MAX_KEPT_CHARS = 16 << 10;

    /** All texts together: in UTF-8 they stay below what the coordinator keeps for a client (4 MiB). */
    static final int MAX_TOTAL_CHARS = 1 << 20;

    private final ConcurrentHashMap<String, StatementText> texts = new ConcurrentHashMap<>();
    private final AtomicLong ticks = new AtomicLong();
    private final int maxCount;
    private final Consumer<StatementText> onEvicted;
    private int lastId; // guarded by this
    private int totalChars; // guarded by this

    Statements(int maxCount, Consumer<StatementText> onEvicted) {
        this.maxCount = maxCount;
        this.onEvicted = onEvicted;
    }

    /** The text with its number; a text without one (id 0) when it is too long to keep. */
    StatementText of(String sql) {
        final @Nullable StatementText known = texts.get(sql);
        if (known != null) {
            touch(known);
            return known;
        }
        return sql.length() > MAX_KEPT_CHARS ? new StatementText(sql, 0) : add(sql);
    }

    /** The same text as it is now: known still, or anew after it was evicted. */
    StatementText current(StatementText text) {
        if (text.isEvicted()) {
            return of(text.sql());
        }
        touch(text);
        return text;
    }

    private void touch(StatementText text) {
        text.lastUse(ticks.getPlain());
    }

    private synchronized StatementText add(String sql) {
        final @Nullable StatementText known = texts.get(sql);
        if (known != null) {
            return known;
        }
        while (texts.size() >= maxCount || totalChars + sql.length() > MAX_TOTAL_CHARS) {
            evict();
        }
        final StatementText text = new StatementText(sql, ++lastId);
        // Time is counted in additions: what was used since the last few additions is in use.
        text.lastUse(ticks.incrementAndGet());
        texts.put(sql, text);
        totalChars += sql.length();
        return text;
    }

    private void evict() {
        final List<StatementText> byAge = new ArrayList<>(texts.values());
        byAge.sort(
                Comparator.comparingLong((StatementText text) -> text.lastUse()).thenComparingInt(StatementText::id));
        for (StatementText text : byAge.subList(0, Math.max(1, Math.min(maxCount, byAge.size()) / 8))) {
            texts.remove(text.sql(), text);
            totalChars -= text.sql().length();
            text.evict();
            onEvicted.accept(text);
        }
    }
}
