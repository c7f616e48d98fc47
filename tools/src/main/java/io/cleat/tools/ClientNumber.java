// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

/**
 * A client's id for people. An id is the epoch of its coordinator and a number from 1 on; the number alone names the client as
 * long as one coordinator is looked at, and a queue holds the records of one. Thread-safe: stateless.
 */
final class ClientNumber {
    private static final int NUMBER_BITS = 20;
    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

    private ClientNumber() {}

    /** The number, such as 3. */
    static String text(long clientId) {
        return Long.toString(clientId & NUMBER_MASK);
    }

    /**
     * Whether somebody means a client.
     *
     * @param wanted its id or its number.
     * @param clientId the id.
     */
    static boolean matches(long wanted, long clientId) {
        return wanted == clientId || wanted == (clientId & NUMBER_MASK);
    }
}
