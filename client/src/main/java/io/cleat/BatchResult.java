// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/**
 * What a batch changed. Immutable.
 *
 * @param rowCount rows of parameters that were run.
 * @param changeCount rows changed directly by all of them.
 * @param lastRowId row id of the last row inserted; 0 if none.
 * @param commitSequence the commit that the batch made.
 */
public record BatchResult(int rowCount, long changeCount, long lastRowId, long commitSequence) {}
