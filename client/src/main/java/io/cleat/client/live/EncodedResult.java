// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import java.util.List;

/**
 * What a run found: the rows of each query, all seen at one commit. Immutable.
 *
 * @param commitSequence the commit.
 * @param parts the rows, in the order of the queries.
 */
public record EncodedResult(long commitSequence, List<EncodedRows> parts) {
    /**
     * Whether two results hold the same rows, whatever their commits.
     *
     * @param other to compare with.
     * @param firstRowsOnly whether the first row of each query is all that counts.
     * @return true when they do.
     */
    public boolean isSame(EncodedResult other, boolean firstRowsOnly) {
        for (int i = 0; i < parts.size(); i++) {
            if (!parts.get(i).isSame(other.parts.get(i), firstRowsOnly)) {
                return false;
            }
        }
        return true;
    }
}
