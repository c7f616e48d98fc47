// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/** Why a client is told of table updates. Immutable. */
enum UpdateKind {
    /** A commit changed what is named. */
    COMMIT,
    /** A commit changed the schema, and what is named. */
    SCHEMA,
    /** A client said so. */
    MANUAL,
    /** Another process changed the file: any table may have changed. */
    OUTSIDE,
    /** Something was not told: any table may have changed. */
    ANYTHING
}
