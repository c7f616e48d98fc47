// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The options that a URL or Properties may have; {@code docs/jdbc.md} has the table. Those of sqlite-jdbc have its names, ours are in
 * camel case. Names are found without regard to case.
 */
enum JdbcOption {
    DIRECTORY("directory", "The directory that the processes agree on. Default: as for the client API"),
    FILE("file", "The SQLite file: this JVM serves it under the name when nobody does"),
    HOSTING("hosting", "Where a coordinator runs that this JVM starts", "IN_THIS_JVM", "IN_ITS_OWN_JVM"),
    CONNECT_TIMEOUT(
            "connectTimeout",
            "How long opening waits for a coordinator; milliseconds, or 500ms, 5s, 2m. Default 5s; 30s where this JVM may host"),
    QUERY_TIMEOUT("queryTimeout", "How long a statement may take that sets no timeout itself; 0, the default: a day"),
    REATTACH_TIMEOUT("reattachTimeout", "How long a client whose coordinator died looks for another one. Default 60s"),
    LINGER(
            "linger",
            "How long the attachment is kept after the last connection of this JVM was closed. Default 5s, 0 where this JVM hosts"),
    CLIENT_NAME("clientName", "What operators see this client as"),
    IDENTITY(
            "identity",
            "A stable identity of this client, so that outcomes of its writes are kept until it comes again"),
    READ_ONLY("readOnly", "Whether connections begin as read only", "true", "false"),
    FETCH_SIZE("fetchSize", "The fetch size of statements that set none; 0, the default: the driver's choice"),
    SCHEMA("schema", "A script that fills the database when it is empty: a path, or classpath:/NAME"),
    TRANSACTION_MODE(
            "transaction_mode",
            "How a transaction begins with its first statement",
            "DEFERRED",
            "IMMEDIATE",
            "EXCLUSIVE"),
    DATE_CLASS("date_class", "How dates are stored", "INTEGER", "TEXT", "REAL"),
    DATE_PRECISION("date_precision", "The unit of dates that are stored as INTEGER", "SECONDS", "MILLISECONDS"),
    DATE_STRING_FORMAT("date_string_format", "The format of dates that are stored as TEXT"),
    GET_GENERATED_KEYS("jdbc.get_generated_keys", "Whether generated keys can be had", "true", "false"),
    EXPLICIT_READONLY(
            "jdbc.explicit_readonly",
            "Accepted, and always so: setReadOnly works between transactions",
            "true",
            "false"),
    BUSY_TIMEOUT("busy_timeout", "How long a write waits for the write turn, in milliseconds. Default 3000"),

    FOREIGN_KEYS(true, "foreign_keys"),
    RECURSIVE_TRIGGERS(true, "recursive_triggers"),
    CASE_SENSITIVE_LIKE(true, "case_sensitive_like"),
    DEFER_FOREIGN_KEYS(true, "defer_foreign_keys"),
    REVERSE_UNORDERED_SELECTS(true, "reverse_unordered_selects"),
    LEGACY_ALTER_TABLE(true, "legacy_alter_table"),
    AUTOMATIC_INDEX(true, "automatic_index"),
    READ_UNCOMMITTED(true, "read_uncommitted"),
    IGNORE_CHECK_CONSTRAINTS(true, "ignore_check_constraints"),
    CELL_SIZE_CHECK(true, "cell_size_check"),
    TRUSTED_SCHEMA(true, "trusted_schema"),
    QUERY_ONLY(true, "query_only"),

    CACHE_SIZE(false, "cache_size"),
    CACHE_SPILL(false, "cache_spill"),
    TEMP_STORE(false, "temp_store"),
    JOURNAL_MODE(false, "journal_mode"),
    SYNCHRONOUS(false, "synchronous"),
    LOCKING_MODE(false, "locking_mode"),
    ENCODING(false, "encoding"),
    PAGE_SIZE(false, "page_size"),
    MAX_PAGE_COUNT(false, "max_page_count"),
    MMAP_SIZE(false, "mmap_size"),
    JOURNAL_SIZE_LIMIT(false, "journal_size_limit"),
    SECURE_DELETE(false, "secure_delete"),
    WAL_AUTOCHECKPOINT(false, "wal_autocheckpoint"),
    USER_VERSION(false, "user_version"),
    APPLICATION_ID(false, "application_id");

    /** What a PRAGMA among the options is to the coordinator. */
    enum Pragma {
        /** The option is none. */
        NONE,
        /** Each session has a value of its own. */
        OF_SESSION,
        /** The coordinator, or the file, has one for all: it may be named with the value that it has. */
        OF_DATABASE
    }

    private static final Map<String, JdbcOption> BY_NAME = byName();

    private final String key;
    private final String description;
    private final Pragma pragma;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> choices;

    JdbcOption(String key, String description, String... choices) {
        this.key = key;
        this.description = description;
        this.pragma = Pragma.NONE;
        this.choices = List.of(choices);
    }

    JdbcOption(boolean ofSession, String key) {
        this.key = key;
        this.description = "PRAGMA " + key + (ofSession ? " of this connection" : ": to be what the coordinator has");
        this.pragma = ofSession ? Pragma.OF_SESSION : Pragma.OF_DATABASE;
        this.choices = List.of();
    }

    String key() {
        return key;
    }

    String description() {
        return description;
    }

    Pragma pragma() {
        return pragma;
    }

    /** The values that it may have; empty for any. */
    List<String> choices() {
        return choices;
    }

    static @Nullable JdbcOption find(String key) {
        return BY_NAME.get(key.toLowerCase(Locale.ROOT));
    }

    /** All names, for errors. */
    static String known() {
        return Stream.of(values()).map(JdbcOption::key).collect(Collectors.joining(", "));
    }

    private static Map<String, JdbcOption> byName() {
        final Map<String, JdbcOption> result = new HashMap<>();
        for (final JdbcOption option : values()) {
            result.put(option.key.toLowerCase(Locale.ROOT), option);
        }
        return Map.copyOf(result);
    }
}
