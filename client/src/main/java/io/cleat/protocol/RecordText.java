// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import io.cleat.protocol.codec.AnnounceDecoder;
import io.cleat.protocol.codec.AskOutcomeDecoder;
import io.cleat.protocol.codec.BatchDecoder;
import io.cleat.protocol.codec.CancelDecoder;
import io.cleat.protocol.codec.CloseSessionDecoder;
import io.cleat.protocol.codec.ClosingDecoder;
import io.cleat.protocol.codec.CreditDecoder;
import io.cleat.protocol.codec.DescribeDecoder;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.protocol.codec.FailureDecoder;
import io.cleat.protocol.codec.ForgetStatementDecoder;
import io.cleat.protocol.codec.FragmentDecoder;
import io.cleat.protocol.codec.InterestDecoder;
import io.cleat.protocol.codec.KeepStatementDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.PrepareDecoder;
import io.cleat.protocol.codec.ResultDecoder;
import io.cleat.protocol.codec.SessionLostDecoder;
import io.cleat.protocol.codec.ShutdownDecoder;
import io.cleat.protocol.codec.TableUpdatesDecoder;
import io.cleat.protocol.codec.TransactionControlDecoder;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A record of a request or reply queue as one line of text. Remembers SQL texts, which travel once, and columns, which only the
 * first chunk has. A record that is no message of ours gives a line that says so. Not thread-safe.
 */
public final class RecordText {
    /** The client of a record that names none: all replies. */
    public static final long NO_CLIENT = -1;

    private static final int MAX_REMEMBERED = 100_000;

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final UnsafeBuffer data = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer moreData = new UnsafeBuffer(0, 0);
    private final Map<String, String> statements = new HashMap<>();
    private final ValueText values;
    private final IntFunction<String> errorNames;
    private long clientId;

    /**
     * Begins.
     *
     * @param maxLength of a text as shown, in characters.
     * @param shown whether parameters and rows are shown; else how much there is of them. SQL texts are shown always.
     * @param errorNames what an error's number is called.
     */
    public RecordText(int maxLength, boolean shown, IntFunction<String> errorNames) {
        this.values = new ValueText(maxLength, shown);
        this.errorNames = errorNames;
    }

    /** {@return the client that the last record decoded is of, or {@link #NO_CLIENT}} */
    public long clientId() {
        return clientId;
    }

    /**
     * Decodes a record.
     *
     * @param buffer holds it.
     * @param offset where it begins.
     * @param length how long it is.
     * @return one line: the message's name, then its fields.
     */
    public String decode(DirectBuffer buffer, int offset, int length) {
        clientId = NO_CLIENT;
        try {
            // A view of the record alone, so that no length inside it leads out of it.
            final UnsafeBuffer record = new UnsafeBuffer(buffer, offset, length);
            if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
                return "? not a message: length=" + length;
            }
            header.wrap(record, 0);
            if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
                return "? not a message: schemaId=" + header.schemaId() + " length=" + length;
            }
            return message(record);
        } catch (RuntimeException e) {
            return "? cannot be decoded: template=" + header.templateId() + " length=" + length + ": " + e.getMessage();
        }
    }

    private String message(DirectBuffer record) {
        return switch (header.templateId()) {
            case ExecuteDecoder.TEMPLATE_ID -> execute(new ExecuteDecoder().wrapAndApplyHeader(record, 0, header));
            case BatchDecoder.TEMPLATE_ID -> batch(new BatchDecoder().wrapAndApplyHeader(record, 0, header));
            case TransactionControlDecoder.TEMPLATE_ID ->
                transaction(new TransactionControlDecoder().wrapAndApplyHeader(record, 0, header));
            case CreditDecoder.TEMPLATE_ID -> credit(new CreditDecoder().wrapAndApplyHeader(record, 0, header));
            case CancelDecoder.TEMPLATE_ID -> cancel(new CancelDecoder().wrapAndApplyHeader(record, 0, header));
            case CloseSessionDecoder.TEMPLATE_ID ->
                closeSession(new CloseSessionDecoder().wrapAndApplyHeader(record, 0, header));
            case ForgetStatementDecoder.TEMPLATE_ID ->
                forget(new ForgetStatementDecoder().wrapAndApplyHeader(record, 0, header));
            case ShutdownDecoder.TEMPLATE_ID -> shutdown(new ShutdownDecoder().wrapAndApplyHeader(record, 0, header));
            case DescribeDecoder.TEMPLATE_ID -> describe(new DescribeDecoder().wrapAndApplyHeader(record, 0, header));
            case PrepareDecoder.TEMPLATE_ID -> prepare(new PrepareDecoder().wrapAndApplyHeader(record, 0, header));
            case InterestDecoder.TEMPLATE_ID -> interest(new InterestDecoder().wrapAndApplyHeader(record, 0, header));
            case AnnounceDecoder.TEMPLATE_ID -> announce(new AnnounceDecoder().wrapAndApplyHeader(record, 0, header));
            case KeepStatementDecoder.TEMPLATE_ID ->
                keep(new KeepStatementDecoder().wrapAndApplyHeader(record, 0, header));
            case SessionLostDecoder.TEMPLATE_ID ->
                sessionLost(new SessionLostDecoder().wrapAndApplyHeader(record, 0, header));
            case AskOutcomeDecoder.TEMPLATE_ID ->
                askOutcome(new AskOutcomeDecoder().wrapAndApplyHeader(record, 0, header));
            case FragmentDecoder.TEMPLATE_ID -> fragment(new FragmentDecoder().wrapAndApplyHeader(record, 0, header));
            case ResultDecoder.TEMPLATE_ID -> result(new ResultDecoder().wrapAndApplyHeader(record, 0, header));
            case FailureDecoder.TEMPLATE_ID -> failure(new FailureDecoder().wrapAndApplyHeader(record, 0, header));
            case TableUpdatesDecoder.TEMPLATE_ID ->
                updates(new TableUpdatesDecoder().wrapAndApplyHeader(record, 0, header));
            case ClosingDecoder.TEMPLATE_ID -> closing(new ClosingDecoder().wrapAndApplyHeader(record, 0, header));
            default ->
                "? of a newer version: template=" + header.templateId() + " version=" + header.version() + " length="
                        + record.capacity();
        };
    }

    private String execute(ExecuteDecoder message) {
        clientId = message.clientId();
        final String head = request("Execute", message.sessionId(), message.sequence());
        final String flags = flags(message.flags().toString());
        final int count = message.parameterCount();
        final int statement = message.statementId();
        message.wrapSql(data);
        String sql = values.utf8(data, 0, data.capacity());
        if (data.capacity() > 0) {
            remember(statement, sql);
        } else {
            sql = statements.getOrDefault(key(statement), "(sent before what is here)");
        }
        message.wrapParameters(data);
        return head + (statement == 0 ? "" : " statement=" + statement)
                + flags + "  " + sql
                + (count == 0 ? "" : "  [" + values.values(data, 0, data.capacity(), count) + "]");
    }

    private void remember(int statement, String sql) {
        if (statement > 0 && statements.size() < MAX_REMEMBERED) {
            statements.put(key(statement), sql);
        }
    }

    private String key(int statement) {
        return clientId + "/" + statement;
    }

    private String batch(BatchDecoder message) {
        clientId = message.clientId();
        final String head = request("Batch", message.sessionId(), message.sequence()) + " statements="
                + message.statementCount() + " rows=" + message.rowCount();
        final int rowCount = message.rowCount();
        message.wrapStatements(data);
        final StringBuilder sql = new StringBuilder();
        int offset = 0;
        for (int i = 0; i < message.statementCount() && i < 3; i++) {
            final int length = data.getInt(offset, ByteOrder.LITTLE_ENDIAN);
            data.boundsCheck(offset + Integer.BYTES, length);
            sql.append("  #").append(i).append(' ').append(values.utf8(data, offset + Integer.BYTES, length));
            offset += Integer.BYTES + length;
        }
        message.wrapAnnounced(moreData);
        if (moreData.capacity() > 0) {
            sql.append("  announces ").append(values.tables(moreData));
        }
        message.wrapRows(moreData);
        return head + sql + " " + values.batchRows(moreData, rowCount);
    }

    private String transaction(TransactionControlDecoder message) {
        clientId = message.clientId();
        return request("TransactionControl", message.sessionId(), message.sequence()) + "  " + message.action()
                + (message.savepoint() == 0 ? "" : " " + message.savepoint())
                + (message.token() == 0 ? "" : " token=" + Long.toHexString(message.token()))
                + (message.leaseNs() == 0 ? "" : " leaseMs=" + message.leaseNs() / 1_000_000);
    }

    private String credit(CreditDecoder message) {
        clientId = message.clientId();
        return request("Credit", message.sessionId(), message.targetSequence()) + "  " + message.creditBytes()
                + " bytes";
    }

    private String cancel(CancelDecoder message) {
        clientId = message.clientId();
        return request("Cancel", message.sessionId(), message.targetSequence());
    }

    private String closeSession(CloseSessionDecoder message) {
        clientId = message.clientId();
        return request("CloseSession", message.sessionId(), message.sequence());
    }

    private String forget(ForgetStatementDecoder message) {
        clientId = message.clientId();
        return "ForgetStatement client=" + ClientNumber.text(clientId) + " statement=" + message.statementId();
    }

    private String keep(KeepStatementDecoder message) {
        clientId = message.clientId();
        final int statement = message.statementId();
        message.wrapSql(data);
        final String sql = values.utf8(data, 0, data.capacity());
        remember(statement, sql);
        return "KeepStatement client=" + ClientNumber.text(clientId) + " statement=" + statement + "  " + sql;
    }

    private String sessionLost(SessionLostDecoder message) {
        clientId = message.clientId();
        return "SessionLost client=" + ClientNumber.text(clientId) + " session=" + message.sessionId()
                + (message.commitSequence() == 0 ? "" : " commitSequence=" + message.commitSequence())
                + (message.exclusive() == 0 ? "" : " exclusive");
    }

    private String askOutcome(AskOutcomeDecoder message) {
        clientId = message.clientId();
        return request("AskOutcome", message.sessionId(), message.sequence()) + "  of="
                + ClientNumber.text(message.ofClientId()) + "/" + message.ofSequence();
    }

    private String shutdown(ShutdownDecoder message) {
        clientId = message.clientId();
        return request("Shutdown", message.sessionId(), message.sequence());
    }

    private String describe(DescribeDecoder message) {
        clientId = message.clientId();
        final String head = request("Describe", message.sessionId(), message.sequence());
        message.wrapSql(data);
        return head + "  " + values.utf8(data, 0, data.capacity());
    }

    private String prepare(PrepareDecoder message) {
        clientId = message.clientId();
        final String head = request("Prepare", message.sessionId(), message.sequence());
        message.wrapSql(data);
        return head + "  " + values.utf8(data, 0, data.capacity());
    }

    private String interest(InterestDecoder message) {
        clientId = message.clientId();
        final String head = request("Interest", message.sessionId(), message.sequence());
        final boolean everything = message.everything() != 0;
        message.wrapTables(data);
        return head + "  " + (everything ? "everything " : "") + "[" + values.tables(data) + "]";
    }

    private String announce(AnnounceDecoder message) {
        clientId = message.clientId();
        final String head = request("Announce", message.sessionId(), message.sequence());
        message.wrapTables(data);
        return head + "  [" + values.tables(data) + "]";
    }

    private String updates(TableUpdatesDecoder message) {
        final String head = "TableUpdates commit=" + message.commitSequence()
                + flags(message.flags().toString());
        message.wrapTables(data);
        return head + "  [" + values.tables(data) + "]";
    }

    private String fragment(FragmentDecoder message) {
        clientId = message.clientId();
        final String head = "Fragment client=" + ClientNumber.text(clientId) + " of=" + message.fragmentedId()
                + " offset=" + message.offsetBytes() + " total=" + message.totalLengthBytes();
        message.wrapBytes(data);
        return head + " bytes=" + data.capacity();
    }

    private String request(String name, int sessionId, long sequence) {
        return name + " client=" + ClientNumber.text(clientId) + " session=" + sessionId + " sequence=" + sequence;
    }

    private String result(ResultDecoder message) {
        final StringBuilder line = new StringBuilder(
                "Result session=" + message.sessionId() + " sequence=" + message.sequence() + " chunk="
                        + message.chunkIndex() + flags(message.flags().toString()));
        if (message.flags().lAST()) {
            line.append(" changes=").append(message.changeCount());
            line.append(message.lastRowId() == 0 ? "" : " lastRowId=" + message.lastRowId());
            line.append(" commit=").append(message.commitSequence());
        }
        final boolean first = message.flags().fIRST() && message.flags().rOWS();
        message.wrapColumns(data);
        message.wrapRows(moreData);
        if (first) {
            final Columns columns = Columns.decode(data, 0, data.capacity());
            line.append("  [").append(ValueText.columns(columns)).append(']');
            line.append(values.rows(moreData, columns.count()));
        } else if (moreData.capacity() > 0) {
            line.append("  ").append(moreData.capacity()).append(" bytes of rows");
        }
        return line.toString();
    }

    private String failure(FailureDecoder message) {
        final String head = "Failure session=" + message.sessionId() + " sequence=" + message.sequence() + " code="
                + errorNames.apply(message.errorCode())
                + (message.sqliteCode() == 0 ? "" : " sqlite=" + message.sqliteCode())
                + (message.batchRow() < 0 ? "" : " batchRow=" + message.batchRow()) + " " + message.outcome();
        message.wrapMessage(data);
        return head + "  " + values.utf8(data, 0, data.capacity());
    }

    /** The generated code shows a set as {fIRST,lAST}. */
    private static String flags(String set) {
        return set.length() <= 2 ? "" : " " + set.substring(1, set.length() - 1).toUpperCase(Locale.ROOT);
    }

    private String closing(ClosingDecoder message) {
        final String successor = message.successor() == 1 ? " successor" : "";
        message.wrapReason(data);
        return "Closing" + successor + "  " + values.utf8(data, 0, data.capacity());
    }
}
