// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** Where a client has the coordinator run that it starts because nobody serves the database: {@link ClientContext#hostIfAbsent}. */
public enum Hosting {
    /** In this JVM, until the database is closed or the process ends; then another client that may host takes over. */
    IN_THIS_JVM,
    /** In a JVM of its own, which outlives this one and ends a little after its last client. */
    IN_ITS_OWN_JVM
}
