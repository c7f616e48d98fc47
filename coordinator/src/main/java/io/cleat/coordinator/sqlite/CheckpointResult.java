// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/**
 * What a checkpoint reached.
 *
 * @param busy whether it could not finish because of a reader or the writer.
 * @param logPages pages in the log, at least 0.
 * @param movedPages pages of these that are in the database file, 0 to {@code logPages}.
 */
public record CheckpointResult(boolean busy, int logPages, int movedPages) {
    /** Whether the whole log is in the database file, so that the next write starts it anew. */
    public boolean complete() {
        return !busy && logPages == movedPages;
    }
}
