// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.SQLException;

/** What a part of a Blob or Clob may be asked for. Thread-safe: pure functions. */
final class Slices {
    private Slices() {}

    /** Positions count from 1; what stands beyond the end is empty. */
    static void check(long position, int length) throws SQLException {
        if (position < 1) {
            throw Misuse.of("Position must be greater than or equal to 1");
        }
        if (length < 0) {
            throw Misuse.of("Length must be greater than or equal to 0");
        }
    }
}
