// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.protocol.codec.CloseSessionEncoder;
import io.cleat.protocol.codec.ExecuteEncoder;
import io.cleat.protocol.codec.ForgetStatementEncoder;
import io.cleat.protocol.codec.FragmentEncoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.SessionLostEncoder;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlEncoder;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordQueue;
import io.cleat.queue.RecordWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is executed of a queue whose beginning was deleted: nothing that may belong to a transaction which began there. */
@Timeout(20)
class RecoveredQueueTest {
    private static final KnownOutcome DONE =
            new KnownOutcome(false, 1, 0, 1, false, new byte[0], new byte[0], false, false);

    private static final long CLIENT = 5;

    @TempDir
    Path folder;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final List<String> skipped = new ArrayList<>();
    private final Set<Integer> withSettings = new HashSet<>();
    private RecordQueue queue;
    private RecordWriter writer;

    @BeforeEach
    void create() {
        queue = RecordQueue.create(folder.resolve("5"), QueueSettings.of(() -> 1));
        writer = queue.writer();
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private void execute(int session, long sequence, int statementId, String sql) {
        final ExecuteEncoder encoder = new ExecuteEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(1)
                .clientId(CLIENT)
                .sequence(sequence)
                .sessionId(session)
                .statementId(statementId)
                .parameterCount(0);
        final byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        encoder.putSql(text, 0, text.length).putParameters(new byte[0], 0, 0);
        write(encoder.encodedLength());
    }

    private void control(int session, long sequence, TransactionAction action) {
        final TransactionControlEncoder encoder = new TransactionControlEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(1)
                .clientId(CLIENT)
                .sequence(sequence)
                .sessionId(session)
                .savepoint(0)
                .action(action)
                .token(0)
                .leaseNs(0);
        write(encoder.encodedLength());
    }

    private void closeSession(int session, long sequence) {
        final CloseSessionEncoder encoder = new CloseSessionEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .epoch(1)
                .clientId(CLIENT)
                .sequence(sequence)
                .sessionId(session);
        write(encoder.encodedLength());
    }

    private void write(int bodyBytes) {
        writer.write(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + bodyBytes);
    }

    @Test
    void shouldLeaveOutWhatASessionWithSettingsHasSent() {
        execute(3, 1, 0, "INSERT 1");
        execute(4, 2, 0, "INSERT 2");
        withSettings.add(3);

        assertThat(read(Set.of())).containsExactly("INSERT 2");
    }

    /** The texts of what is executed. */
    private List<String> read(Set<Long> withOutcome) {
        final List<String> texts = new ArrayList<>();
        new RecoveredQueue(
                        CLIENT,
                        1 << 20,
                        sequence -> withOutcome.contains(sequence) ? DONE : null,
                        sequence -> false,
                        withSettings::contains,
                        skipped)
                .read(folder.resolve("5"))
                .forEach(unit -> unit.forEach(request -> texts.add(request.sql())));
        return texts;
    }

    @Test
    void shouldExecuteNothingOfATransactionThatWasRolledBackAndWhoseSessionWasClosed() {
        execute(3, 100, 0, "INSERT 100");
        execute(3, 101, 0, "INSERT 101");
        control(3, 102, TransactionAction.ROLLBACK);
        execute(3, 103, 0, "INSERT 103");
        closeSession(3, 104);
        assertThat(read(Set.of())).containsExactly("INSERT 103");
        assertThat(skipped).hasSize(2).allMatch(line -> line.contains("may be part of a transaction"));
    }

    @Test
    void shouldNotTakeATextThatWasKeptLaterUnderTheSameNumber() {
        execute(3, 100, 0, "INSERT 100");
        execute(3, 101, 7, "");
        final ForgetStatementEncoder forget = new ForgetStatementEncoder();
        forget.wrapAndApplyHeader(buffer, 0, header).epoch(1).clientId(CLIENT).statementId(7);
        write(forget.encodedLength());
        execute(3, 102, 7, "INSERT 102");
        execute(3, 103, 7, "");
        assertThat(read(Set.of(100L))).containsExactly("INSERT 102", "INSERT 102");
        assertThat(skipped).hasSize(1).allMatch(line -> line.contains("text is not there"));
    }

    @Test
    void shouldExecuteWhatCameBeforeASessionWasLost() {
        execute(3, 100, 0, "INSERT 100");
        execute(3, 101, 0, "INSERT 101");
        final SessionLostEncoder lost = new SessionLostEncoder();
        lost.wrapAndApplyHeader(buffer, 0, header)
                .epoch(1)
                .clientId(CLIENT)
                .commitSequence(0)
                .sessionId(3)
                .exclusive((short) 0);
        write(lost.encodedLength());
        execute(3, 103, 0, "INSERT 103");
        assertThat(read(Set.of(100L))).containsExactly("INSERT 101");
    }

    @Test
    void shouldGoOnWhenAClientHasAnnouncedMoreThanItSentOrWrittenRubbish() {
        execute(3, 1, 0, "INSERT 1");
        final FragmentEncoder piece = new FragmentEncoder();
        piece.wrapAndApplyHeader(buffer, 0, header)
                .epoch(1)
                .clientId(CLIENT)
                .fragmentedId(2)
                .totalLengthBytes(Integer.MAX_VALUE - 100)
                .offsetBytes(0);
        piece.putBytes(new byte[] {1, 2, 3}, 0, 3);
        write(piece.encodedLength());
        control(3, 3, TransactionAction.BEGIN);
        // No such action.
        buffer.putByte(
                MessageHeaderEncoder.ENCODED_LENGTH + TransactionControlEncoder.actionEncodingOffset(), (byte) 99);
        write(TransactionControlEncoder.BLOCK_LENGTH);
        execute(4, 5, 0, "INSERT 5");
        final List<String> texts = new ArrayList<>();
        // The limit is what a large coordinator may have: only what is there counts.
        new RecoveredQueue(CLIENT, Integer.MAX_VALUE, sequence -> null, sequence -> false, session -> false, skipped)
                .read(folder.resolve("5"))
                .forEach(unit -> unit.forEach(request -> texts.add(request.sql())));
        assertThat(texts).containsExactly("INSERT 1");
        assertThat(skipped).anyMatch(line -> line.contains("malformed"));
    }
}
