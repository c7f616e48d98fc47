// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.Outcome;

/**
 * What a session had open with a coordinator that is gone: a transaction, a snapshot, or exclusive access.
 *
 * <p>Thread-safe: immutable.
 *
 * @param commitSequence of its COMMIT, which is sent again; 0: none.
 * @param outcome what became of it.
 */
record LostSession(long commitSequence, Outcome outcome) {}
