// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static io.cleat.status.StatusFileDescriptor.*;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.status.CountersReader;
import org.jspecify.annotations.Nullable;

/**
 * Decodes a status file that may be damaged: sections are copied first and lengths are checked before they are believed,
 * so that neither a flipped bit nor a writer at work leads a reader astray.
 *
 * <p>Threading: stateless, any thread.
 */
final class SnapshotReader {
    private static final int MAX_ATTEMPTS = 10;

    private SnapshotReader() {}

    static StatusSnapshot read(final StatusFile file, final UnsafeBuffer buffer) {
        final StatusHeader header = file.header();
        final long heartbeatNs = header.heartbeatNsAcquire();
        return new StatusSnapshot(
                header.databaseName(),
                header.databaseFile(),
                header.sqliteVersion(),
                header.dialect(),
                header.epoch(),
                header.coordinatorPid(),
                header.processStartMs(),
                header.createdAtMs(),
                header.protocolMin(),
                header.protocolMax(),
                header.stateAcquire(),
                heartbeatNs,
                System.nanoTime() - heartbeatNs,
                header.requestCycleAcquire(),
                header.commitSequenceAcquire(),
                header.nextClientIdAcquire(),
                header.turnHolder(),
                counters(buffer),
                clients(file.clients()),
                errors(buffer));
    }

    private static UnsafeBuffer copy(final UnsafeBuffer buffer, final int offset, final int length) {
        // A direct copy is aligned, which the acquiring reads of Agrona want.
        final UnsafeBuffer copy = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
        copy.putBytes(0, buffer, offset, length);
        return copy;
    }

    private static Map<String, Long> counters(final UnsafeBuffer buffer) {
        final UnsafeBuffer metadata = copy(buffer, METADATA_OFFSET, METADATA_LENGTH);
        final UnsafeBuffer values = copy(buffer, VALUES_OFFSET, VALUES_LENGTH);
        final Map<String, Long> counters = new LinkedHashMap<>();
        for (int id = 0; id < COUNTER_COUNT; id++) {
            final int record = CountersReader.metaDataOffset(id);
            final int labelLength = metadata.getInt(record + CountersReader.LABEL_OFFSET);
            if (metadata.getInt(record) == CountersReader.RECORD_ALLOCATED
                    && labelLength >= 0
                    && labelLength <= CountersReader.MAX_LABEL_LENGTH) {
                counters.put(
                        metadata.getStringUtf8(record + CountersReader.LABEL_OFFSET),
                        values.getLong(CountersReader.counterOffset(id)));
            }
        }
        return Collections.unmodifiableMap(counters);
    }

    private static List<ClientSnapshot> clients(final ClientTable table) {
        final List<ClientSnapshot> clients = new ArrayList<>();
        for (int i = 0; i < table.slotCount(); i++) {
            final ClientSnapshot client = client(table.slot(i));
            if (client != null) {
                clients.add(client);
            }
        }
        return List.copyOf(clients);
    }

    private static @Nullable ClientSnapshot client(final ClientSlot slot) {
        ClientSnapshot client = null;
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            final long control = slot.controlAcquire();
            if (ClientSlot.stateOf(control) == ClientSlotState.FREE) {
                return null;
            }
            client = client(slot, control);
            if (slot.controlAcquire() == control) {
                return client;
            }
        }
        return client;
    }

    private static ClientSnapshot client(final ClientSlot slot, final long control) {
        final ClientSlotState state = ClientSlot.stateOf(control);
        final boolean refused = state == ClientSlotState.REFUSED;
        return new ClientSnapshot(
                slot.index(),
                state,
                slot.clientId(),
                state == ClientSlotState.CLAIMED ? "" : slot.name(),
                ClientSlot.pidOf(control),
                slot.processStartMs(),
                slot.attachedAtMs(),
                slot.protocolMin(),
                slot.protocolMax(),
                slot.negotiatedVersion(),
                slot.heartbeatNsAcquire(),
                slot.requestCountAcquire(),
                slot.requestConsumedBytesAcquire(),
                slot.replyWrittenBytesAcquire(),
                slot.replyConsumedBytesAcquire(),
                slot.replyReadCycleAcquire(),
                slot.openSessionsAcquire(),
                slot.openCursorsAcquire(),
                refused ? slot.refusalCode() + ": " + slot.refusalText() : "");
    }

    private static List<ErrorObservation> errors(final UnsafeBuffer buffer) {
        final UnsafeBuffer log = copy(buffer, ERRORS_OFFSET, ERRORS_LENGTH);
        cutAtDamage(log);
        final List<ErrorObservation> errors = new ArrayList<>();
        ErrorLogReader.read(
                log, (count, firstMs, lastMs, text) -> errors.add(new ErrorObservation(count, firstMs, lastMs, text)));
        return List.copyOf(errors);
    }

    /** Ends the log before the first record whose length cannot be: Agrona's reader believes lengths. */
    private static void cutAtDamage(final UnsafeBuffer log) {
        int offset = 0;
        while (offset <= log.capacity() - DistinctErrorLog.ENCODED_ERROR_OFFSET) {
            final int length = log.getInt(offset + DistinctErrorLog.LENGTH_OFFSET);
            if (length < DistinctErrorLog.ENCODED_ERROR_OFFSET || length > log.capacity() - offset) {
                break;
            }
            offset += BitUtil.align(length, DistinctErrorLog.RECORD_ALIGNMENT);
        }
        if (offset < log.capacity()) {
            log.setMemory(offset, log.capacity() - offset, (byte) 0);
        }
    }
}
