// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/** A row of a batch, or a statement of a script, failed; the cause says why. */
final class BatchRowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int row;

    BatchRowException(int row, RuntimeException cause) {
        super("row " + row, cause, false, false);
        this.row = row;
    }

    /** {@return which row or statement, from 0} */
    int row() {
        return row;
    }
}
