// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.status.StatusHeader;

/**
 * Which schema of which coordinator: what was learnt after one was seen holds as long as the same one is seen. Immutable.
 *
 * @param epoch of the coordinator.
 * @param schemaEpoch as its status says; odd while a change is under way, or when changes cannot be noticed.
 */
record SchemaMark(long epoch, long schemaEpoch) {
    static SchemaMark of(StatusHeader header) {
        return new SchemaMark(header.epoch(), header.schemaEpochAcquire());
    }

    /** Whether it names one schema, the last one committed. */
    boolean isSettled() {
        return isSettled(schemaEpoch);
    }

    static boolean isSettled(long schemaEpoch) {
        return schemaEpoch > 0 && (schemaEpoch & 1) == 0;
    }

    boolean is(long otherEpoch, long otherSchemaEpoch) {
        return epoch == otherEpoch && schemaEpoch == otherSchemaEpoch;
    }
}
