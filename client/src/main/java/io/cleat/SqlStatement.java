// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Exchange;
import io.cleat.client.Execution;
import io.cleat.client.StatementText;
import io.cleat.client.live.TransactionQueries;
import io.cleat.protocol.StorageClass;
import io.cleat.protocol.ValueWriter;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A statement that is run many times: binding, running and reading allocate nothing but the strings and arrays asked for.
 *
 * <p>Belongs to its {@link Session}'s thread. Parameters are counted from 1, as {@code ?1} in SQL; bindings stay until bound
 * anew or cleared. It has at most one open {@link Rows}: running it again closes the one before.
 */
public final class SqlStatement implements AutoCloseable {
    /** SQLITE_MAX_VARIABLE_NUMBER by default; the protocol allows 65535. */
    private static final int MAX_PARAMETERS = 32766;

    private static final int UNBOUND = -1;

    private final SessionCore session;
    private final Exchange exchange;
    private final Rows rows;
    private StatementText text;
    private long timeoutNs;
    private boolean wantsRowId;
    private boolean closed;

    // Bindings: a type each, -1 for none, and the value by type. Grown, never shrunk.
    private int count;
    private int[] types = new int[8];
    private long[] numbers = new long[8];
    private @Nullable Object[] objects = new Object[8];

    SqlStatement(SessionCore session, String sql, long timeoutNs) {
        session.ensureOpen();
        this.session = session;
        this.exchange = session.newExchange();
        this.rows = new Rows(exchange, TransactionQueries.isSelect(sql) ? null : session::changed);
        this.text = session.connection().statement(sql);
        this.timeoutNs = timeoutNs;
    }

    /**
     * Binds an INTEGER.
     *
     * @param parameter from 1.
     * @param value any.
     * @return this.
     */
    public SqlStatement bindLong(int parameter, long value) {
        final int i = slot(parameter, StorageClass.INTEGER);
        numbers[i] = value;
        return this;
    }

    /**
     * Binds a REAL; NaN arrives as NULL.
     *
     * @param parameter from 1.
     * @param value any.
     * @return this.
     */
    public SqlStatement bindDouble(int parameter, double value) {
        final int i = slot(parameter, StorageClass.REAL);
        numbers[i] = Double.doubleToRawLongBits(value);
        return this;
    }

    /**
     * Binds a TEXT.
     *
     * @param parameter from 1.
     * @param value null binds NULL.
     * @return this.
     */
    public SqlStatement bindText(int parameter, @Nullable String value) {
        return bindReference(parameter, StorageClass.TEXT, value);
    }

    /**
     * Binds a BLOB. The array is read when the statement is run.
     *
     * @param parameter from 1.
     * @param value null binds NULL.
     * @return this.
     */
    public SqlStatement bindBlob(int parameter, byte @Nullable [] value) {
        return bindReference(parameter, StorageClass.BLOB, value);
    }

    /**
     * Binds NULL.
     *
     * @param parameter from 1.
     * @return this.
     */
    public SqlStatement bindNull(int parameter) {
        slot(parameter, StorageClass.NULL);
        return this;
    }

    /**
     * Binds a value of one of the types that {@link SqlOperations} names.
     *
     * @param parameter from 1.
     * @param value of such a type.
     * @return this.
     */
    public SqlStatement bind(int parameter, @Nullable Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return bindLong(parameter, ((Number) value).longValue());
        }
        if (value instanceof Double || value instanceof Float) {
            return bindDouble(parameter, ((Number) value).doubleValue());
        }
        if (value instanceof Boolean truth) {
            return bindLong(parameter, truth ? 1 : 0);
        }
        if (value instanceof byte[] bytes) {
            return bindBlob(parameter, bytes);
        }
        if (value == null || value instanceof CharSequence) {
            return bindText(parameter, value == null ? null : value.toString());
        }
        throw new IllegalArgumentException(
                "no SQLite storage class for " + value.getClass().getName());
    }

    /**
     * Forgets all bindings.
     *
     * @return this.
     */
    public SqlStatement clearBindings() {
        Arrays.fill(objects, 0, count, null);
        count = 0;
        return this;
    }

    /**
     * Sets the timeout of later executions.
     *
     * @param timeout positive.
     * @return this.
     */
    public SqlStatement timeout(Duration timeout) {
        timeoutNs = Failures.timeoutNs(timeout);
        return this;
    }

    /**
     * Runs the statement and streams its rows. What {@link SqlOperations#rows} throws, this throws.
     *
     * @return the cursor of this statement, before the first row; the same object each time.
     */
    public Rows rows() {
        final @Nullable Interceptors interceptors = session.interceptors();
        return interceptors == null
                ? rowsNow()
                : interceptors.<Rows>around(describe(CallKind.ROWS), call -> {
                    ensureSame(call);
                    return rowsNow();
                });
    }

    private Rows rowsNow() {
        try {
            send(wantsRowId ? Execution.UPDATE_WITH_ROW_ID : Execution.STATEMENT);
            exchange.awaitStart();
        } catch (CleatException e) {
            session.state().onFailed(e);
            throw e;
        }
        return rows.opened();
    }

    /**
     * Runs the statement for its effect; rows are dropped.
     *
     * @return how many rows it changed directly.
     */
    public long update() {
        final @Nullable Interceptors interceptors = session.interceptors();
        return interceptors == null
                ? updateNow()
                : interceptors.<Long>around(describe(CallKind.UPDATE), call -> {
                    ensureSame(call);
                    return updateNow();
                });
    }

    private long updateNow() {
        session.state().ensureTurnReachable("a write");
        try {
            send(wantsRowId ? Execution.UPDATE_WITH_ROW_ID : Execution.STATEMENT);
            exchange.awaitEnd();
            return exchange.changeCount();
        } catch (CleatException e) {
            session.state().onFailed(e);
            throw e;
        } finally {
            session.changed();
        }
    }

    /**
     * Asks later executions, whose rows say it at their end too, for the row id of the last row inserted, which costs them a few hundred
     * nanoseconds. Default false.
     *
     * @param wanted whether {@link #lastRowId()} is to be known.
     * @return this.
     */
    public SqlStatement wantLastRowId(boolean wanted) {
        wantsRowId = wanted;
        return this;
    }

    /** {@return the row id of the last row that the last {@link #update} inserted; 0 if none, or not asked for} */
    public long lastRowId() {
        return exchange.lastRowId();
    }

    /** {@return how many rows the last run changed directly; of one that returns rows, known after the last row} */
    public long changeCount() {
        return exchange.changeCount();
    }

    /**
     * From any thread: asks the coordinator to give up the run that is under way, or whose rows are still read. Does not wait. The statement's
     * thread gets a {@link CancelledException}, or its result when that was there first; later runs are not touched. Without a run, nothing happens.
     */
    public void cancel() {
        exchange.cancel(session.sessionId());
    }

    /** {@return the commit sequence of the last {@link #update}} */
    public long commitSequence() {
        return exchange.commitSequence();
    }

    /** {@return the SQL} */
    public String sql() {
        return text.sql();
    }

    /** Closes its rows. Idempotent. */
    @Override
    public void close() {
        closed = true;
        rows.close();
    }

    private InterceptedCall describe(CallKind kind) {
        final @Nullable Object[] args = new @Nullable Object[count];
        for (int i = 0; i < count; i++) {
            args[i] = switch (types[i]) {
                case StorageClass.INTEGER -> numbers[i];
                case StorageClass.REAL -> Double.longBitsToDouble(numbers[i]);
                case StorageClass.TEXT, StorageClass.BLOB -> objects[i];
                default -> null;
            };
        }
        return InterceptedCall.of(kind, text.sql(), args).prepared();
    }

    private void ensureSame(InterceptedCall call) {
        if (!call.sql().equals(text.sql())) {
            throw Failures.misuse(
                    "an interceptor cannot replace a prepared statement: sql=" + text.sql() + " by=" + call.sql());
        }
    }

    private void send(Execution execution) {
        if (closed) {
            throw Failures.closed("the statement was closed");
        }
        rows.close();
        session.prepareToSend(timeoutNs);
        final ValueWriter parameters = exchange.parameters();
        parameters.clear();
        for (int i = 0; i < count; i++) {
            write(parameters, i);
        }
        text = session.connection().current(text);
        exchange.execute(session.sessionId(), text, execution, timeoutNs);
    }

    private void write(ValueWriter parameters, int i) {
        switch (types[i]) {
            case StorageClass.NULL -> parameters.writeNull();
            case StorageClass.INTEGER -> parameters.writeLong(numbers[i]);
            case StorageClass.REAL -> parameters.writeDouble(Double.longBitsToDouble(numbers[i]));
            default -> {
                if (types[i] < 0) {
                    throw Failures.misuse("parameter is not bound: parameter=" + (i + 1) + " sql=" + text.sql());
                }
                parameters.writeObject(objects[i]);
            }
        }
    }

    private SqlStatement bindReference(int parameter, int type, @Nullable Object value) {
        final int i = slot(parameter, value == null ? StorageClass.NULL : type);
        objects[i] = value;
        return this;
    }

    /** The index of a parameter, with its type set. */
    private int slot(int parameter, int type) {
        if (parameter < 1 || parameter > MAX_PARAMETERS) {
            throw Failures.misuse("parameters are counted from 1 to " + MAX_PARAMETERS + ": parameter=" + parameter);
        }
        if (parameter > types.length) {
            final int capacity = Math.max(parameter, 2 * types.length);
            types = Arrays.copyOf(types, capacity);
            numbers = Arrays.copyOf(numbers, capacity);
            objects = Arrays.copyOf(objects, capacity);
        }
        while (count < parameter) {
            types[count] = UNBOUND;
            count++;
        }
        types[parameter - 1] = type;
        return parameter - 1;
    }
}
