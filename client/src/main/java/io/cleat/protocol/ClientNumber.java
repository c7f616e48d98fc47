// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

/**
 * A client's id for people. An id is the epoch of its coordinator and a number from 1 on; the number alone names the client as
 * long as one coordinator is looked at, and a queue holds the records of one. Thread-safe: stateless.
 */
public final class ClientNumber {
    private static final int NUMBER_BITS = 20;
    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

    private ClientNumber() {}

    /**
     * The number, such as 3.
     *
     * @param clientId the id.
     * @return its number in decimal.
     */
    public static String text(long clientId) {
        return Long.toString(clientId & NUMBER_MASK);
    }

    /**
     * The epoch of the coordinator that gave an id.
     *
     * @param clientId the id.
     * @return its epoch.
     */
    public static long epoch(long clientId) {
        return clientId >>> NUMBER_BITS;
    }

    /**
     * The last id that former coordinators can have given.
     *
     * @param epoch of a coordinator.
     * @return below all ids that this one gives.
     */
    public static long lastBefore(long epoch) {
        return (epoch << NUMBER_BITS) - 1;
    }

    /**
     * Whether somebody means a client.
     *
     * @param wanted its id or its number.
     * @param clientId the id.
     * @return whether it is that client.
     */
    public static boolean matches(long wanted, long clientId) {
        return wanted == clientId || wanted == (clientId & NUMBER_MASK);
    }
}
