// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The mapped bytes, and whether they may be written: a store into a read-only mapping would kill the JVM.
 *
 * <p>Threading: any thread.
 */
final class StatusMemory {
    private final UnsafeBuffer buffer;
    private final boolean writable;

    StatusMemory(final UnsafeBuffer buffer, final boolean writable) {
        this.buffer = buffer;
        this.writable = writable;
    }

    UnsafeBuffer read() {
        return buffer;
    }

    UnsafeBuffer write() {
        if (!writable) {
            throw new CleatException(ErrorCode.MISUSE, "the status file was opened to be read only");
        }
        return buffer;
    }
}
