// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The version of the schema that a program works with, and how a database gets there. Give it to {@link ClientContext#schema}.
 *
 * <p>The version of a database is SQLite's {@code user_version}, 0 in a new one. When it is another than the program's, the change runs
 * once, however many processes open the database at once: in a transaction, which holds the write turn, the version is read again, the
 * block is run and the version is set. The others wait for the turn and find it done. When the block throws, or its process is killed,
 * all of it is rolled back, and who comes next does it.
 *
 * <p>Set up by one thread; may be shared by contexts then. The blocks run on the thread that opens a database.
 */
public final class Schema {
    private static final int ANY_VERSION = -1;

    private final int version;
    private long timeoutNs = TimeUnit.SECONDS.toNanos(60);
    private @Nullable TransactionAction<RuntimeException> onCreate;
    private @Nullable SchemaChange onUpgrade;
    private @Nullable SchemaChange onDowngrade;
    private @Nullable BeforeOpen beforeOpen;

    private Schema(int version) {
        this.version = version;
    }

    /**
     * A schema of a version.
     *
     * @param version 1 and up.
     * @return without blocks yet.
     * @throws CleatException MISUSE when it is less than 1.
     */
    public static Schema version(int version) {
        if (version < 1) {
            throw Failures.misuse("a schema version is 1 or more: version=" + version);
        }
        return new Schema(version);
    }

    /**
     * Takes the database as it is: for a hook without a version.
     *
     * @return never changes the schema.
     */
    public static Schema anyVersion() {
        return new Schema(ANY_VERSION);
    }

    /**
     * What fills a database that is new: version 0, and nothing in it. Default: nothing is made, the version is set. A database of
     * version 0 that has tables is not new, but one to {@linkplain #onUpgrade upgrade from 0}.
     *
     * @param block runs in the transaction that sets the version.
     * @return this.
     */
    public Schema onCreate(TransactionAction<RuntimeException> block) {
        onCreate = block;
        return this;
    }

    /**
     * What brings an older database to this version. Without it, opening an older database fails with SCHEMA_VERSION.
     *
     * @param block runs in the transaction that sets the version.
     * @return this.
     */
    public Schema onUpgrade(SchemaChange block) {
        onUpgrade = block;
        return this;
    }

    /**
     * What brings a newer database back to this version. Without it, opening a newer database fails with SCHEMA_VERSION.
     *
     * @param block runs in the transaction that sets the version.
     * @return this.
     */
    public Schema onDowngrade(SchemaChange block) {
        onDowngrade = block;
        return this;
    }

    /**
     * What is done before the first call, after the schema has its version.
     *
     * @param hook runs once for each {@link Database} that is opened.
     * @return this.
     */
    public Schema beforeOpen(BeforeOpen hook) {
        beforeOpen = hook;
        return this;
    }

    /**
     * How long to wait for the write turn while another process changes the schema; and how long each statement of a block may take, and
     * the block be idle between two of them while others wait.
     *
     * @param timeout positive; default 60 s.
     * @return this.
     */
    public Schema timeout(Duration timeout) {
        timeoutNs = Failures.timeoutNs(timeout);
        return this;
    }

    /** {@return the version, or -1 for any} */
    public int version() {
        return version;
    }

    boolean isAnyVersion() {
        return version == ANY_VERSION;
    }

    long timeoutNs() {
        return timeoutNs;
    }

    @Nullable
    TransactionAction<RuntimeException> onCreate() {
        return onCreate;
    }

    @Nullable
    SchemaChange onUpgrade() {
        return onUpgrade;
    }

    @Nullable
    SchemaChange onDowngrade() {
        return onDowngrade;
    }

    @Nullable
    BeforeOpen beforeOpen() {
        return beforeOpen;
    }
}
