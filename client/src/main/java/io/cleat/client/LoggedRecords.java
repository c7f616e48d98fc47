// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.protocol.MessageLog;
import io.cleat.queue.RecordHandler;
import org.agrona.DirectBuffer;

/**
 * Tells a log of every record before its handler gets it. Threading: that of the handler.
 *
 * @param next gets the record.
 * @param log is told first.
 */
public record LoggedRecords(RecordHandler next, MessageLog log) implements RecordHandler {
    @Override
    public void onRecord(DirectBuffer buffer, int offset, int length) {
        log.log("received", buffer, offset, length);
        next.onRecord(buffer, offset, length);
    }

    @Override
    public void onDamaged(long index, String reason) {
        next.onDamaged(index, reason);
    }
}
