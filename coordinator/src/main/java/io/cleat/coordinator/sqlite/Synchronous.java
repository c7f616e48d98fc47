// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/** How durable a commit is, by <a href="https://www.sqlite.org/pragma.html#pragma_synchronous">synchronous</a>. */
public enum Synchronous {
    /** Survives the death of the process; after a loss of power the last commits may be missing, never half there. */
    NORMAL,

    /** Survives a loss of power: every commit waits for the disk. */
    FULL
}
