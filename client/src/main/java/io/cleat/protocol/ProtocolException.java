// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

/** Bytes that are not what the protocol says; the message holds the values. */
public final class ProtocolException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what was found.
     *
     * @param message with the values.
     */
    public ProtocolException(String message) {
        super(message);
    }
}
