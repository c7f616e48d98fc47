// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.protocol.codec.AskOutcomeEncoder;
import io.cleat.protocol.codec.ExecuteEncoder;
import io.cleat.protocol.codec.FailureEncoder;
import io.cleat.protocol.codec.InterestEncoder;
import io.cleat.protocol.codec.KeepStatementEncoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.PrepareEncoder;
import io.cleat.protocol.codec.SessionLostEncoder;
import io.cleat.protocol.codec.TableUpdatesEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

final class RecordTextTest {
    private static final long CLIENT_ID = (7L << 20) | 3;

    private final RecordText text = new RecordText(40, true, number -> "#" + number);

    @Test
    void shouldShowARequestWithItsSqlAndParameters() {
        final UnsafeBuffer record = execute(5, "SELECT ?, ?", 1L, "it's");
        assertThat(decode(record))
                .isEqualTo("Execute client=3 session=2 sequence=9 statement=5  SELECT ?, ?  [1, 'it''s']");
        assertThat(text.clientId()).isEqualTo(CLIENT_ID);
    }

    @Test
    void shouldRememberSqlThatTravelsOnce() {
        assertThat(decode(execute(5, "", 1L))).contains("(sent before what is here)");
        decode(execute(5, "DELETE FROM t WHERE id = ?", 1L));
        assertThat(decode(execute(5, "", 2L))).contains("DELETE FROM t WHERE id = ?  [2]");
    }

    @Test
    void shouldShowAFailure() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final FailureEncoder failure = new FailureEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .sequence(9)
                .errorCode(6)
                .sqliteCode(2067)
                .batchRow(-1)
                .sessionId(2)
                .outcome(Outcome.NOT_APPLIED);
        final byte[] message = "UNIQUE\nconstraint".getBytes(StandardCharsets.UTF_8);
        failure.putMessage(message, 0, message.length).putRemoteTrace(new byte[0], 0, 0);
        assertThat(decode(new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + failure.encodedLength())))
                .isEqualTo("Failure session=2 sequence=9 code=#6 sqlite=2067 NOT_APPLIED  UNIQUE\\nconstraint");
    }

    @Test
    void shouldShowHowMuchThereIsWhenValuesAreRedacted() {
        final UnsafeBuffer record = execute(5, "SELECT ?, ?", 1L, "secret");
        assertThat(new RecordText(40, false, Integer::toString).decode(record, 0, record.capacity()))
                .endsWith("SELECT ?, ?  [2 values]");
    }

    @Test
    void shouldShowTablesWithWhatIsDoneToThem() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final TableUpdatesEncoder updates = new TableUpdatesEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .commitSequence(12);
        updates.flags().clear().sCHEMA(true);
        final byte[] tables = {5, 1, 0, 0, 0, 't', 2, 2, 0, 0, 0, 'u', 'v'};
        updates.putTables(tables, 0, tables.length);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + updates.encodedLength();
        assertThat(decode(new UnsafeBuffer(buffer, 0, length)))
                .isEqualTo("TableUpdates commit=12 SCHEMA  [t INSERT|DELETE, uv UPDATE]");
        final InterestEncoder interest = new InterestEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .clientId(CLIENT_ID)
                .sequence(4)
                .sessionId(0)
                .everything((short) 0);
        interest.putTables(tables, 0, 6);
        assertThat(decode(new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + interest.encodedLength())))
                .isEqualTo("Interest client=3 session=0 sequence=4  [t INSERT|DELETE]");
    }

    @Test
    void shouldShowWhatIsSaidToTheNextCoordinator() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final byte[] sql = "SELECT 7".getBytes(StandardCharsets.UTF_8);
        final KeepStatementEncoder keep = new KeepStatementEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .clientId(CLIENT_ID)
                .statementId(8)
                .putSql(sql, 0, sql.length);
        assertThat(decode(new UnsafeBuffer(buffer, 0, keep.limit())))
                .isEqualTo("KeepStatement client=3 statement=8  SELECT 7");
        assertThat(decode(execute(8, ""))).as("remembered").endsWith("statement=8  SELECT 7");
        final SessionLostEncoder lost = new SessionLostEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .clientId(CLIENT_ID)
                .commitSequence(12)
                .sessionId(4)
                .exclusive((short) 1);
        assertThat(decode(new UnsafeBuffer(buffer, 0, lost.limit())))
                .isEqualTo("SessionLost client=3 session=4 commitSequence=12 exclusive");
        assertThat(decode(new UnsafeBuffer(
                        buffer, 0, lost.commitSequence(0).exclusive((short) 0).limit())))
                .isEqualTo("SessionLost client=3 session=4");
        final AskOutcomeEncoder ask = new AskOutcomeEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .clientId(CLIENT_ID)
                .sequence(5)
                .deadlineNs(0)
                .sessionId(1)
                .ofClientId(CLIENT_ID + 1)
                .ofSequence(77);
        assertThat(decode(new UnsafeBuffer(buffer, 0, ask.limit())))
                .isEqualTo("AskOutcome client=3 session=1 sequence=5  of=4/77");
        final PrepareEncoder prepare = new PrepareEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .clientId(CLIENT_ID)
                .sequence(6)
                .deadlineNs(0)
                .sessionId(1)
                .putSql(sql, 0, sql.length);
        assertThat(decode(new UnsafeBuffer(buffer, 0, prepare.limit())))
                .isEqualTo("Prepare client=3 session=1 sequence=6  SELECT 7");
    }

    @Test
    void shouldCutLongTexts() {
        assertThat(decode(execute(0, "SELECT '" + "ü".repeat(500) + "'")))
                .hasSizeLessThan(120)
                .endsWith("…");
    }

    @Test
    void shouldSayWhatIsNoMessage() {
        assertThat(decode(new UnsafeBuffer(new byte[3]))).isEqualTo("? not a message: length=3");
        assertThat(decode(new UnsafeBuffer(new byte[64]))).isEqualTo("? not a message: schemaId=0 length=64");
    }

    @Test
    void shouldSurviveAnyBytes() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final UnsafeBuffer whole = execute(5, "SELECT ?, ?", 1L, "text");
        for (int i = 0; i < 20_000; i++) {
            final byte[] bytes = new byte[1 + random.nextInt(whole.capacity())];
            whole.getBytes(0, bytes);
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            // Any template, so that every decoder sees bytes that are not its own.
            if (bytes.length > 2 && random.nextBoolean()) {
                bytes[2] = (byte) random.nextInt(36);
            }
            assertThat(decode(new UnsafeBuffer(bytes)))
                    .as("seed=%d case=%d", seed, i)
                    .isNotEmpty();
        }
    }

    private String decode(UnsafeBuffer record) {
        return text.decode(record, 0, record.capacity());
    }

    private static UnsafeBuffer execute(int statementId, String sql, Object... parameters) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ExecuteEncoder execute = new ExecuteEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(7)
                .clientId(CLIENT_ID)
                .sequence(9)
                .deadlineNs(0)
                .sessionId(2)
                .statementId(statementId)
                .creditBytes(1000)
                .parameterCount(parameters.length);
        execute.flags().clear();
        final byte[] utf8 = sql.getBytes(StandardCharsets.UTF_8);
        final ValueWriter values = new ValueWriter();
        for (Object parameter : parameters) {
            values.writeObject(parameter);
        }
        execute.putSql(utf8, 0, utf8.length).putParameters(values.buffer(), 0, values.lengthBytes());
        return new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + execute.encodedLength());
    }
}
