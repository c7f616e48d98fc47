// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/**
 * What a statement changed. Immutable.
 *
 * @param changeCount rows changed directly (not by triggers or cascades); 0 for a read.
 * @param lastRowId row id of the last row that this request inserted; 0 if none.
 * @param commitSequence the commit that the request made; for a read the last one that it can have seen.
 */
public record UpdateResult(long changeCount, long lastRowId, long commitSequence) {}
