// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.sqlite.Function;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteException;
import org.sqlite.core.NativeDB;

/**
 * One native connection: the only class that touches sqlite-jdbc's internal core, without its JDBC layer (which costs more than
 * a point query). The package-private natives are reached through constant method handles, so that a bind allocates nothing.
 *
 * <p>Parameters and columns are 0-based here; natively parameters are 1-based. One thread at a time; {@link #interrupt()}: any
 * thread, while the connection is open (the caller sees to that).
 */
final class SqliteNative {
    private static final String PINNED = "3.54.1.0";

    /** SQLITE_INNOCUOUS: views and triggers may use the function with trusted_schema=OFF too, as they may the one it replaces. */
    private static final int INNOCUOUS = 0x200000;

    private static final MethodHandle PREPARE;
    private static final MethodHandle ERRMSG;
    private static final MethodHandle FINALIZE;
    private static final MethodHandle PARAMETER_COUNT;
    private static final MethodHandle BIND_NULL;
    private static final MethodHandle BIND_LONG;
    private static final MethodHandle BIND_DOUBLE;
    private static final MethodHandle BIND_TEXT;
    private static final MethodHandle BIND_BLOB;
    private static final MethodHandle COLUMN_TEXT;
    private static final MethodHandle COLUMN_METADATA;
    private static final MethodHandle FUNCTION_CONTEXT;
    private static final @Nullable Throwable UNLINKED;

    static {
        MethodHandle[] found = new MethodHandle[12];
        Throwable unlinked = null;
        try {
            Lookup lookup = MethodHandles.privateLookupIn(NativeDB.class, MethodHandles.lookup());
            found[0] = find(lookup, "prepare_utf8", long.class, byte[].class);
            found[1] = find(lookup, "errmsg", String.class);
            found[2] = find(lookup, "finalize", int.class, long.class);
            found[3] = find(lookup, "bind_parameter_count", int.class, long.class);
            found[4] = find(lookup, "bind_null", int.class, long.class, int.class);
            found[5] = find(lookup, "bind_long", int.class, long.class, int.class, long.class);
            found[6] = find(lookup, "bind_double", int.class, long.class, int.class, double.class);
            found[7] = find(lookup, "bind_text_utf8", int.class, long.class, int.class, byte[].class);
            found[8] = find(lookup, "bind_blob", int.class, long.class, int.class, byte[].class);
            found[9] = find(lookup, "column_text_utf8", ByteBuffer.class, long.class, int.class);
            found[10] = find(lookup, "column_metadata", boolean[][].class, long.class);
            found[11] = MethodHandles.privateLookupIn(Function.class, MethodHandles.lookup())
                    .findGetter(Function.class, "context", long.class);
        } catch (ReflectiveOperationException | RuntimeException e) {
            unlinked = e;
        }
        UNLINKED = unlinked;
        PREPARE = found[0];
        ERRMSG = found[1];
        FINALIZE = found[2];
        PARAMETER_COUNT = found[3];
        BIND_NULL = found[4];
        BIND_LONG = found[5];
        BIND_DOUBLE = found[6];
        BIND_TEXT = found[7];
        BIND_BLOB = found[8];
        COLUMN_TEXT = found[9];
        COLUMN_METADATA = found[10];
        FUNCTION_CONTEXT = found[11];
    }

    private final NativeDB db;

    private SqliteNative(NativeDB db) {
        this.db = db;
    }

    private static MethodHandle find(Lookup lookup, String name, Class<?> result, Class<?>... parameters)
            throws ReflectiveOperationException {
        return lookup.findVirtual(NativeDB.class, name, MethodType.methodType(result, parameters));
    }

    /** Opens a connection; {@code flags} as for sqlite3_open_v2. Throws {@link SqliteException}. */
    static SqliteNative open(String uri, int flags) {
        NativeLibrary.load();
        if (UNLINKED != null) {
            throw new SqliteException(
                    ResultCode.MISUSE,
                    "this sqlite-jdbc has other internals than Cleat is built for: put version " + PINNED
                            + " on the class path, not "
                            + NativeDB.class.getPackage().getImplementationVersion(),
                    null,
                    UNLINKED);
        }
        try {
            NativeDB db = new NativeDB("jdbc:sqlite:" + uri, uri, new SQLiteConfig());
            db.open(uri, flags);
            return new SqliteNative(db);
        } catch (SQLException e) {
            throw wrap(e, null);
        }
    }

    /** Compiles the first statement of the text; 0 when it holds none. */
    long prepare(String sql) {
        try {
            return (long) PREPARE.invokeExact(db, sql.getBytes(StandardCharsets.UTF_8));
        } catch (SQLException e) {
            throw new SqliteException(codeOf(e), errorMessage(), sql, e);
        } catch (Throwable e) {
            throw wrap(e, sql);
        }
    }

    String errorMessage() {
        try {
            return (String) ERRMSG.invokeExact(db);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int finish(long statement) {
        try {
            return (int) FINALIZE.invokeExact(db, statement);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int parameterCount(long statement) {
        try {
            return (int) PARAMETER_COUNT.invokeExact(db, statement);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int bindNull(long statement, int index) {
        try {
            return (int) BIND_NULL.invokeExact(db, statement, index + 1);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int bindLong(long statement, int index, long value) {
        try {
            return (int) BIND_LONG.invokeExact(db, statement, index + 1, value);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int bindDouble(long statement, int index, double value) {
        try {
            return (int) BIND_DOUBLE.invokeExact(db, statement, index + 1, value);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int bindText(long statement, int index, byte[] utf8) {
        try {
            return (int) BIND_TEXT.invokeExact(db, statement, index + 1, utf8);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int bindBlob(long statement, int index, byte[] value) {
        try {
            return (int) BIND_BLOB.invokeExact(db, statement, index + 1, value);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int step(long statement) {
        try {
            return db.step(statement);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int reset(long statement) {
        try {
            return db.reset(statement);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    void clearBindings(long statement) {
        try {
            db.clear_bindings(statement);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int columnCount(long statement) {
        try {
            return db.column_count(statement);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    String columnName(long statement, int column) {
        try {
            String name = db.column_name(statement, column);
            return name == null ? "" : name;
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    @Nullable
    String columnDeclaredType(long statement, int column) {
        try {
            return db.column_decltype(statement, column);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    /** The table that a column comes from, views resolved; null for an expression. */
    @Nullable
    String columnTableName(long statement, int column) {
        try {
            return db.column_table_name(statement, column);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    /** For each column: not null, primary key, auto increment; of the column of its name in its table, all false where there is none. */
    boolean[][] columnMetadata(long statement) {
        try {
            return (boolean[][]) COLUMN_METADATA.invokeExact(db, statement);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    int columnType(long statement, int column) {
        try {
            return db.column_type(statement, column);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    long columnLong(long statement, int column) {
        try {
            return db.column_long(statement, column);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    double columnDouble(long statement, int column) {
        try {
            return db.column_double(statement, column);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    /** The bytes as stored: text in the file's own encoding; null for NULL. */
    byte @Nullable [] columnBytes(long statement, int column) {
        try {
            return db.column_blob(statement, column);
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    /** Text as UTF-8 whatever the file's encoding, at the price of a conversion; null for NULL. */
    byte @Nullable [] columnConvertedText(long statement, int column) {
        try {
            ByteBuffer text = (ByteBuffer) COLUMN_TEXT.invokeExact(db, statement, column);
            if (text == null) {
                return null;
            }
            byte[] bytes = new byte[text.remaining()];
            text.get(bytes);
            return bytes;
        } catch (Throwable e) {
            throw wrap(e, null);
        }
    }

    long changes() {
        return db.changes();
    }

    long totalChanges() {
        return db.total_changes();
    }

    /** Has a function without arguments answered by us, instead of a built-in one of that name. */
    void function(String name, LongSupplier answer) {
        try {
            final int code = db.create_function(name, new Answer(db, answer), 0, INNOCUOUS);
            if (code != ResultCode.OK) {
                throw new SqliteException(code, "cannot define the function " + name + ": " + errorMessage(), null);
            }
        } catch (SQLException e) {
            throw wrap(e, null);
        }
    }

    /** Answers on the thread that steps the statement, called from inside SQLite. */
    private static final class Answer extends Function {
        private final NativeDB db;
        private final LongSupplier answer;

        Answer(NativeDB db, LongSupplier answer) {
            this.db = db;
            this.answer = answer;
        }

        @Override
        protected void xFunc() throws SQLException {
            // The handle takes exactly this type.
            final Function self = this;
            final long context;
            try {
                context = (long) FUNCTION_CONTEXT.invokeExact(self);
            } catch (Throwable e) {
                throw wrap(e, null);
            }
            db.result_long(context, answer.getAsLong());
        }
    }

    /** Sets a limit of SQLite's, by its number in sqlite3.h. */
    void limit(int which, int value) {
        try {
            db.limit(which, value);
        } catch (SQLException e) {
            throw wrap(e, null);
        }
    }

    void busyTimeout(int milliseconds) {
        db.busy_timeout(milliseconds);
    }

    void interrupt() {
        db.interrupt();
    }

    /** Calls {@code abort} about every so many virtual machine steps of a running statement. It must not throw. */
    void progress(int everyVmSteps, BooleanSupplier abort) {
        try {
            db.register_progress_handler(everyVmSteps, new ProgressHandler() {
                @Override
                protected int progress() {
                    return abort.getAsBoolean() ? 1 : 0;
                }
            });
        } catch (SQLException e) {
            throw wrap(e, null);
        }
    }

    void clearProgress() {
        try {
            db.clear_progress_handler();
        } catch (SQLException e) {
            throw wrap(e, null);
        }
    }

    /** Closes the connection; its statements must be finished before. */
    void close() {
        try {
            db.close();
        } catch (SQLException e) {
            throw wrap(e, null);
        }
    }

    private static int codeOf(SQLException e) {
        if (e instanceof SQLiteException known && known.getResultCode().code > 0) {
            return known.getResultCode().code;
        }
        return ResultCode.ERROR;
    }

    /** Errors (out of memory in the native code is one) pass; anything else becomes our own exception. */
    private static RuntimeException wrap(Throwable e, @Nullable String sql) {
        if (e instanceof Error error) {
            throw error;
        }
        if (e instanceof SQLException known) {
            return new SqliteException(codeOf(known), String.valueOf(known.getMessage()), sql, known);
        }
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
}
