// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.nameserver.StableIdentity;
import io.cleat.protocol.codec.BatchDecoder;
import io.cleat.protocol.codec.CancelDecoder;
import io.cleat.protocol.codec.CloseSessionDecoder;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.protocol.codec.ForgetStatementDecoder;
import io.cleat.protocol.codec.FragmentDecoder;
import io.cleat.protocol.codec.KeepStatementDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.SessionLostDecoder;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlDecoder;
import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the request queue of a dead client, and finds what of it can be executed: single writes, and transactions of which nothing is missing. Nothing is taken for
 * a write of its own that may belong to a transaction whose beginning is not there any more.
 *
 * <p>Not thread-safe: of the thread that makes the coordinator.
 */
final class RecoveredQueue implements RecordHandler {
    /** What is known of a session at a place in the queue. */
    private enum State {
        /** It may be in a transaction that began before. */
        UNSURE,
        FREE,
        IN_TRANSACTION,
        /** In a snapshot, in another session's transaction, or in a transaction that was lost: nothing of it is executed. */
        ASIDE
    }

    private static final class Session {
        State state;
        final List<RecoveredRequest> transaction = new ArrayList<>();
        boolean whole;

        Session(State state) {
            this.state = state;
        }
    }

    private final long clientId;
    private final int maxRequestBytes;
    private final LongFunction<@Nullable KnownOutcome> outcomes;
    private final LongPredicate isRefused;
    private final IntPredicate hadSettings;
    private final List<String> skipped;
    private final LongHashSet sequences = new LongHashSet();
    private final LongHashSet cancelled = new LongHashSet();
    private final Map<Integer, Session> sessions = new HashMap<>();
    private final Map<Integer, String> texts = new HashMap<>();
    private final Long2ObjectHashMap<ByteArrayOutputStream> pieces = new Long2ObjectHashMap<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ExecuteDecoder execute = new ExecuteDecoder();
    private final List<List<RecoveredRequest>> units = new ArrayList<>();
    private State unknown = State.UNSURE;
    private boolean isFirstPass = true;

    RecoveredQueue(
            long clientId,
            int maxRequestBytes,
            LongFunction<@Nullable KnownOutcome> outcomes,
            LongPredicate isRefused,
            IntPredicate hadSettings,
            List<String> skipped) {
        this.clientId = clientId;
        this.maxRequestBytes = maxRequestBytes;
        this.outcomes = outcomes;
        this.isRefused = isRefused;
        this.hadSettings = hadSettings;
        this.skipped = skipped;
    }

    /**
     * Reads the queue.
     *
     * @param folder of the queue.
     * @return what is to be executed together, in order: one write, or BEGIN to COMMIT.
     */
    List<List<RecoveredRequest>> read(Path folder) {
        try (RecordQueue queue = RecordQueue.openReadOnly(folder)) {
            pass(queue);
            isFirstPass = false;
            // Only what is there and what was cancelled is taken over: a session or a text of the end says nothing of
            // the beginning.
            pieces.clear();
            sessions.clear();
            texts.clear();
            if (sequences.contains(1) || sequences.contains(StableIdentity.firstOfLife(last()) + 1)) {
                // Its beginning is there.
                unknown = State.FREE;
            }
            pass(queue);
        }
        sessions.values().forEach(session -> skip(session, "its COMMIT is not there"));
        return units;
    }

    private long last() {
        long last = 0;
        final LongHashSet.LongIterator i = sequences.iterator();
        while (i.hasNext()) {
            last = Math.max(last, i.nextValue());
        }
        return last;
    }

    private void pass(RecordQueue queue) {
        final RecordReader reader = queue.readerFromStart();
        while (reader.poll(this, 1000) > 0) {
            // To the end: nobody writes any more.
        }
        reader.close();
    }

    @Override
    public void onRecord(DirectBuffer buffer, int offset, int length) {
        try {
            final byte[] message = new byte[length];
            buffer.getBytes(offset, message);
            onMessage(message, true);
        } catch (RuntimeException e) {
            // What a client wrote may be anything.
            onDamaged(-1, "malformed: " + e);
        }
    }

    /** What it was nobody knows: perhaps a BEGIN, or a text under a number. */
    @Override
    public void onDamaged(long index, String reason) {
        if (!isFirstPass) {
            skipped.add("damaged record: " + reason);
            texts.clear();
            unknown = State.UNSURE;
            for (final Session session : sessions.values()) {
                if (session.state == State.FREE) {
                    session.state = State.UNSURE;
                }
                session.whole = false;
            }
        }
    }

    private void onMessage(byte[] bytes, boolean mayBePiece) {
        final UnsafeBuffer message = new UnsafeBuffer(bytes);
        header.wrap(message, 0);
        final int at = MessageHeaderDecoder.ENCODED_LENGTH;
        final int block = header.blockLength();
        final int version = header.version();
        execute.wrap(message, at, block, version);
        if (execute.clientId() != clientId) {
            return;
        }
        switch (header.templateId()) {
            case ExecuteDecoder.TEMPLATE_ID -> onExecute(bytes);
            case BatchDecoder.TEMPLATE_ID -> onWrite(request(bytes, 0, ""));
            case TransactionControlDecoder.TEMPLATE_ID -> onControl(request(bytes, 0, ""), message, block, version);
            case CloseSessionDecoder.TEMPLATE_ID -> {
                final CloseSessionDecoder close = new CloseSessionDecoder().wrap(message, at, block, version);
                sequences.add(close.sequence());
                end(session(close.sessionId()), "its session was closed");
            }
            case CancelDecoder.TEMPLATE_ID ->
                cancelled.add(
                        new CancelDecoder().wrap(message, at, block, version).targetSequence());
            case KeepStatementDecoder.TEMPLATE_ID -> {
                final KeepStatementDecoder keep = new KeepStatementDecoder().wrap(message, at, block, version);
                final int id = keep.statementId();
                texts.put(id, text(keep.sqlLength(), bytes, keep.limit() + KeepStatementDecoder.sqlHeaderLength()));
            }
            case ForgetStatementDecoder.TEMPLATE_ID ->
                texts.remove(new ForgetStatementDecoder()
                        .wrap(message, at, block, version)
                        .statementId());
            case SessionLostDecoder.TEMPLATE_ID ->
                session(new SessionLostDecoder()
                                .wrap(message, at, block, version)
                                .sessionId())
                        .state = State.ASIDE;
            case FragmentDecoder.TEMPLATE_ID -> {
                if (mayBePiece) {
                    onPiece(new FragmentDecoder().wrap(message, at, block, version), bytes);
                }
            }
            default -> {
                // Reads and the like: only that they were there counts; those without a sequence have something else at
                // its place.
                if (block >= ExecuteDecoder.sessionIdEncodingOffset() + Integer.BYTES) {
                    sequences.add(execute.sequence());
                }
            }
        }
    }

    private static String text(int length, byte[] bytes, int offset) {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }

    private RecoveredRequest request(byte[] bytes, int statementId, String sql) {
        sequences.add(execute.sequence());
        return new RecoveredRequest(
                bytes, header.templateId(), execute.sessionId(), execute.sequence(), statementId, sql);
    }

    private void onPiece(FragmentDecoder piece, byte[] bytes) {
        final long id = piece.fragmentedId();
        final long total = piece.totalLengthBytes();
        final long offset = piece.offsetBytes();
        if (offset == 0 && total > 0 && total <= maxRequestBytes) {
            pieces.put(id, new ByteArrayOutputStream());
        }
        final ByteArrayOutputStream whole = pieces.get(id);
        if (whole == null || whole.size() != offset) {
            return;
        }
        // Grows with what is there, not with what is announced.
        whole.write(bytes, piece.limit() + FragmentDecoder.bytesHeaderLength(), piece.bytesLength());
        if (whole.size() == total) {
            pieces.remove(id);
            onMessage(whole.toByteArray(), false);
        }
    }

    private void onExecute(byte[] bytes) {
        final int id = execute.statementId();
        final int length = execute.sqlLength();
        String sql = "";
        if (length > 0) {
            sql = text(length, bytes, execute.limit() + ExecuteDecoder.sqlHeaderLength());
            if (id > 0) {
                texts.put(id, sql);
            }
        } else {
            sql = texts.getOrDefault(id, "");
        }
        onWrite(request(bytes, id, sql));
    }

    private Session session(int id) {
        return sessions.computeIfAbsent(id, number -> new Session(unknown));
    }

    private void onWrite(RecoveredRequest request) {
        if (isFirstPass) {
            return;
        }
        final Session session = session(request.sessionId());
        final boolean hasText = request.templateId() != ExecuteDecoder.TEMPLATE_ID
                || !request.sql().isEmpty();
        if (session.state == State.IN_TRANSACTION) {
            session.transaction.add(request);
            session.whole &= hasText && isOpen(request);
            return;
        }
        final KnownOutcome known = outcomes.apply(request.sequence());
        if (known != null) {
            if (session.state == State.UNSURE && !known.isJoined()) {
                session.state = State.FREE;
            }
            return;
        }
        if (session.state == State.FREE && isOpen(request)) {
            if (hasText) {
                units.add(List.of(request));
            } else {
                skipped.add("its text is not there any more: " + request);
            }
        } else if (session.state == State.UNSURE) {
            skipped.add("it may be part of a transaction whose beginning is not there: " + request);
        }
    }

    private boolean isOpen(RecoveredRequest request) {
        return !cancelled.contains(request.sequence())
                && !isRefused.test(request.sequence())
                && !hadSettings.test(request.sessionId());
    }

    private void onControl(RecoveredRequest request, UnsafeBuffer message, int block, int version) {
        if (isFirstPass) {
            return;
        }
        final TransactionControlDecoder control =
                new TransactionControlDecoder().wrap(message, MessageHeaderDecoder.ENCODED_LENGTH, block, version);
        final TransactionAction action = control.action();
        final Session session = session(request.sessionId());
        switch (action) {
            case BEGIN -> {
                session.state = State.IN_TRANSACTION;
                session.transaction.clear();
                session.transaction.add(request);
                session.whole = isOpen(request) && control.token() == OpenTransaction.NO_TOKEN;
            }
            case BEGIN_READ, JOIN -> session.state = State.ASIDE;
            case ROLLBACK -> end(session, "");
            case COMMIT -> {
                if (session.state == State.IN_TRANSACTION) {
                    commit(session, request);
                }
                end(session, "");
            }
            case LOCK, UNLOCK -> {}
            default -> {
                if (session.state == State.IN_TRANSACTION) {
                    session.transaction.add(request);
                    session.whole &= isOpen(request);
                }
            }
        }
    }

    private void commit(Session session, RecoveredRequest commit) {
        if (outcomes.apply(commit.sequence()) != null || !isOpen(commit)) {
            return;
        }
        boolean whole = session.whole;
        for (long i = session.transaction.get(0).sequence(); whole && i < commit.sequence(); i++) {
            whole = sequences.contains(i);
        }
        if (whole) {
            session.transaction.add(commit);
            units.add(List.copyOf(session.transaction));
        } else {
            skipped.add("its transaction is not whole, or a part of it was refused: " + commit);
        }
    }

    private void end(Session session, String why) {
        skip(session, why);
        session.state = State.FREE;
    }

    private void skip(Session session, String why) {
        if (!why.isEmpty() && session.state == State.IN_TRANSACTION) {
            skipped.add(why + ": " + session.transaction.get(0));
        }
        session.transaction.clear();
    }
}
