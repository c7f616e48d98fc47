// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/**
 * How long a session may keep the write turn while others wait: it counts from the end of its last request, and in all where there is a
 * limit. Nobody ends it while nobody waits.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class TurnLease {
    private final ClientSession session;
    private final long idleLimitNs;
    private final long totalLimitNs;
    private final long beganNs;
    private long usedNs;
    private String lastSql;

    /**
     * Begins.
     *
     * @param session the holder.
     * @param idleLimitNs how long it may be idle.
     * @param totalLimitNs how long it may hold the turn; 0 for no limit.
     * @param what it asked for, as SQL.
     */
    TurnLease(ClientSession session, long idleLimitNs, long totalLimitNs, String what) {
        this.session = session;
        this.idleLimitNs = idleLimitNs;
        this.totalLimitNs = totalLimitNs;
        this.beganNs = System.nanoTime();
        this.usedNs = beganNs;
        this.lastSql = what;
    }

    /** {@return the holder} */
    ClientSession session() {
        return session;
    }

    /** {@return when it began, of System.nanoTime()} */
    long beganNs() {
        return beganNs;
    }

    /** {@return the text it ran last} */
    String lastSql() {
        return lastSql;
    }

    /**
     * The holder runs something.
     *
     * @param sql its text.
     */
    void runs(String sql) {
        lastSql = sql;
    }

    /** A request of the holder ended. */
    void used() {
        usedNs = System.nanoTime();
    }

    /**
     * Whether somebody who waits may take the turn.
     *
     * @param nowNs the time.
     * @return whether it was idle, or held the turn, for too long.
     */
    boolean isOver(long nowNs) {
        return nowNs - usedNs > idleLimitNs || (totalLimitNs > 0 && nowNs - beganNs > totalLimitNs);
    }

    /**
     * Why it was ended.
     *
     * @param nowNs the time.
     * @return with the values.
     */
    String overReason(long nowNs) {
        final boolean idle = nowNs - usedNs > idleLimitNs;
        return (idle ? "was idle" : "held the write turn for too long") + " while others waited for the write turn"
                + ": idleMs=" + (nowNs - usedNs) / 1_000_000 + " leaseMs=" + idleLimitNs / 1_000_000 + " ageMs="
                + (nowNs - beganNs) / 1_000_000
                + (totalLimitNs > 0 ? " limitMs=" + totalLimitNs / 1_000_000 : "");
    }

    /**
     * Names the holder, for those who wait.
     *
     * @param nowNs the time.
     * @return client, process, age and last statement.
     */
    String describe(long nowNs) {
        return session + " ageMs=" + (nowNs - beganNs) / 1_000_000 + " idleMs=" + (nowNs - usedNs) / 1_000_000 + " sql="
                + Texts.shortened(lastSql);
    }
}
