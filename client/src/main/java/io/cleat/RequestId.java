// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.io.Serializable;

/**
 * Names one request for ever: which client sent it, and as which of its requests. An error carries it ({@link RequestException#requestId()}), and {@link Database#outcome}
 * tells what became of it, also of a client that is gone. As text it can be kept anywhere.
 *
 * <p>Immutable.
 *
 * @param clientId of the client, 1 or more.
 * @param sequence of the request in that client, 1 or more.
 */
public record RequestId(long clientId, long sequence) implements Serializable {
    /** Checks both. */
    public RequestId {
        if (clientId < 1 || sequence < 1) {
            throw new CleatException(
                    ErrorCode.MISUSE, "not the id of a request: clientId=" + clientId + " sequence=" + sequence);
        }
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @param text such as {@code 1048577-42}.
     * @return the id.
     * @throws CleatException MISUSE when it is none.
     */
    public static RequestId parse(String text) {
        final int dash = text.indexOf('-');
        try {
            return new RequestId(
                    Long.parseLong(text.substring(0, Math.max(0, dash))), Long.parseLong(text.substring(dash + 1)));
        } catch (NumberFormatException e) {
            throw new CleatException(ErrorCode.MISUSE, "not the id of a request: text=" + text, e);
        }
    }

    @Override
    public String toString() {
        return clientId + "-" + sequence;
    }
}
