// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.nio.charset.StandardCharsets;

/**
 * An SQL text and the number that stands for it at the coordinator.
 *
 * <p>Text and id never change. {@code isSent} may be read by any thread and is decided under the writer lock of
 * {@link RequestProxy}: a request that leaves the text out is written only while it is true. What one coordinator was sent, its successor
 * does not have.
 */
public final class StatementText {
    private final String sql;
    private final byte[] utf8;
    private final int id;
    private final Effect effect;
    /** The epoch of the coordinator that has it; 0 for none. */
    private volatile long sentEpoch;

    private volatile boolean evicted;

    /** Racy: a lost update makes a text look a little older than it is. */
    private long lastUse;

    StatementText(String sql, int id) {
        this.sql = sql;
        this.utf8 = sql.getBytes(StandardCharsets.UTF_8);
        this.id = id;
        this.effect = Effect.of(sql);
    }

    /** {@return the SQL} */
    public String sql() {
        return sql;
    }

    byte[] utf8() {
        return utf8;
    }

    /** {@return from 1; 0 when the coordinator does not keep the text} */
    int id() {
        return id;
    }

    /** Whether some coordinator was sent it, perhaps a former one. */
    boolean isSent() {
        return sentEpoch != 0;
    }

    boolean isSentTo(long epoch) {
        return sentEpoch == epoch;
    }

    void sentTo(long epoch) {
        sentEpoch = epoch;
    }

    void unsent() {
        sentEpoch = 0;
    }

    Effect effect() {
        return effect;
    }

    boolean isEvicted() {
        return evicted;
    }

    void evict() {
        evicted = true;
    }

    long lastUse() {
        return lastUse;
    }

    void lastUse(long tick) {
        lastUse = tick;
    }
}
