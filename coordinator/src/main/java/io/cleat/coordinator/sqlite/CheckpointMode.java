// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/** How hard a <a href="https://www.sqlite.org/pragma.html#pragma_wal_checkpoint">checkpoint</a> tries. */
public enum CheckpointMode {
    /** Copies what can be copied while readers and the writer go on; blocks nobody. */
    PASSIVE,
    /** Waits for the writer and then for readers, up to the busy timeout; the log starts anew. Writers wait meanwhile. */
    RESTART,
    /** As RESTART, and cuts the log to zero bytes. */
    TRUNCATE
}
