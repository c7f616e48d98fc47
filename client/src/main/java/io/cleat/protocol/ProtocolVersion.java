// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

/**
 * The versions of the protocol that this code speaks, and how two sides agree on one.
 *
 * <p>Thread-safe: constants and a pure function.
 */
public final class ProtocolVersion {
    /** The oldest version spoken. */
    public static final int MIN = 1;

    /** The newest version spoken; the schema's version. */
    public static final int MAX = 1;

    private ProtocolVersion() {}

    /**
     * The newest version that both sides speak.
     *
     * @param otherMin the oldest that the other side speaks.
     * @param otherMax the newest that the other side speaks.
     * @return that version, or -1 when there is none.
     */
    public static int negotiate(int otherMin, int otherMax) {
        final int version = Math.min(MAX, otherMax);
        return version >= Math.max(MIN, otherMin) && otherMin <= otherMax ? version : -1;
    }
}
