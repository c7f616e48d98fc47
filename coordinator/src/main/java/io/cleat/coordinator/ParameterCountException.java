// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/** A statement was given another number of values than it has parameters. */
final class ParameterCountException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ParameterCountException(int expected, int given) {
        super("[SQLITE_RANGE] the statement has " + expected + " parameters, given were " + given);
    }
}
