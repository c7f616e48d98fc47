// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import org.jspecify.annotations.Nullable;

/**
 * What a reader thread tells the conductor about a cursor that it runs. Immutable; the chunk belongs to the receiver.
 *
 * @param kind what happened.
 * @param cursor which it happened to.
 * @param chunk rows to send, or null.
 * @param failure why it failed, or null.
 */
record ReaderEvent(
        Kind kind,
        Cursor cursor,
        @Nullable ResultChunk chunk,
        @Nullable RuntimeException failure) {
    /** What happened. */
    enum Kind {
        /** Rows; more follow. The reader thread goes on. */
        CHUNK,
        /** Its credit is used up; the conductor has it again. */
        PARKED,
        /** The last rows; the conductor has it again. */
        DONE,
        /** It failed; the conductor has it again. */
        FAILED
    }
}
