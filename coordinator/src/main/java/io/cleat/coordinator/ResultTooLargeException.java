// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/** A result that cannot be sent because of its size; the message says which size and which limit. */
final class ResultTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ResultTooLargeException(String message) {
        super(message);
    }
}
