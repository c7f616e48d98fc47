// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.Collections;
import java.util.List;

/**
 * What a batch changed. Immutable.
 *
 * @param rowCount rows of parameters that were run.
 * @param changeCount rows changed directly by all of them.
 * @param rowChangeCounts rows changed directly by each; empty unless {@linkplain Batch#wantRowChangeCounts asked for}. Unmodifiable.
 * @param lastRowId row id of the last row inserted; 0 if none.
 * @param commitSequence the commit that the batch made.
 */
public record BatchResult(
        int rowCount, long changeCount, List<Long> rowChangeCounts, long lastRowId, long commitSequence) {
    /** Makes the list unmodifiable; the caller does not change it. */
    public BatchResult {
        rowChangeCounts = Collections.unmodifiableList(rowChangeCounts);
    }
}
