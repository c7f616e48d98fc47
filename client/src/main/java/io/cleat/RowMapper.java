// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * Makes an object of a row. Called on the thread that reads the rows.
 *
 * @param <T> what a row becomes.
 */
@FunctionalInterface
public interface RowMapper<T> {
    /**
     * Maps the current row.
     *
     * @param row valid during the call only: the next row comes in the same object.
     * @return the object, or null.
     */
    @Nullable
    T map(Row row);
}
