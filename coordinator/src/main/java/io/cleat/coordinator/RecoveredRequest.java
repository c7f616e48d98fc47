// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A request that a former coordinator had accepted, as its client wrote it.
 *
 * <p>Thread-safe: immutable.
 *
 * @param message with its header.
 * @param templateId of the message.
 * @param sessionId of the request.
 * @param sequence of the request.
 * @param statementId under which its text was kept; 0: none.
 * @param sql the text, for an Execute; else empty.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RecoveredRequest(byte[] message, int templateId, int sessionId, long sequence, int statementId, String sql) {
    private static final int HEAD = MessageHeaderEncoder.ENCODED_LENGTH;

    /**
     * The message as a client of this coordinator would send it.
     *
     * @param epoch of this coordinator.
     * @param deadlineNs that counts; 0: its own.
     * @param creditBytes for its rows.
     * @return a copy.
     */
    UnsafeBuffer again(long epoch, long deadlineNs, int creditBytes) {
        final UnsafeBuffer again = new UnsafeBuffer(message.clone());
        again.putLong(HEAD + ExecuteDecoder.epochEncodingOffset(), epoch, ByteOrder.LITTLE_ENDIAN);
        if (deadlineNs != 0) {
            again.putLong(HEAD + ExecuteDecoder.deadlineNsEncodingOffset(), deadlineNs, ByteOrder.LITTLE_ENDIAN);
        }
        if (templateId == ExecuteDecoder.TEMPLATE_ID) {
            again.putInt(HEAD + ExecuteDecoder.creditBytesEncodingOffset(), creditBytes, ByteOrder.LITTLE_ENDIAN);
        }
        return again;
    }

    @Override
    public String toString() {
        return "session=" + sessionId + " sequence=" + sequence + " " + Texts.shortened(sql);
    }
}
