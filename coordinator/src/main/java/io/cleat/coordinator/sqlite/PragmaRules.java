// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.Locale;
import java.util.Set;

/** Which <a href="https://www.sqlite.org/pragma.html">PRAGMAs</a> a client may use, and how. Thread-safe: constants only. */
final class PragmaRules {
    /** Their argument is a question, not a value to set. */
    private static final Set<String> ASKING = Set.of(
            "TABLE_INFO",
            "TABLE_XINFO",
            "TABLE_LIST",
            "INDEX_LIST",
            "INDEX_INFO",
            "INDEX_XINFO",
            "FOREIGN_KEY_LIST",
            "FOREIGN_KEY_CHECK",
            "INTEGRITY_CHECK",
            "QUICK_CHECK",
            "DATABASE_LIST",
            "COLLATION_LIST",
            "FUNCTION_LIST",
            "MODULE_LIST",
            "PRAGMA_LIST",
            "COMPILE_OPTIONS");

    /** They tell a value without an argument, and would set it with one: only the former is allowed. */
    private static final Set<String> TELLING = Set.of(
            "PAGE_COUNT",
            "PAGE_SIZE",
            "FREELIST_COUNT",
            "ENCODING",
            "SCHEMA_VERSION",
            "DATA_VERSION",
            "JOURNAL_MODE",
            "SYNCHRONOUS",
            "FOREIGN_KEYS",
            "AUTO_VACUUM",
            "CACHE_SIZE",
            "MMAP_SIZE",
            "LOCKING_MODE",
            "MAX_PAGE_COUNT",
            "RECURSIVE_TRIGGERS",
            "DEFER_FOREIGN_KEYS",
            "TEMP_STORE",
            "BUSY_TIMEOUT",
            "WAL_AUTOCHECKPOINT",
            "JOURNAL_SIZE_LIMIT",
            "SECURE_DELETE",
            "QUERY_ONLY",
            "READ_UNCOMMITTED",
            "LEGACY_ALTER_TABLE",
            "IGNORE_CHECK_CONSTRAINTS",
            "REVERSE_UNORDERED_SELECTS",
            "TRUSTED_SCHEMA",
            "AUTOMATIC_INDEX",
            "CELL_SIZE_CHECK",
            "CASE_SENSITIVE_LIKE");

    /** They may be asked and set: numbers in the file's header, part of a transaction. */
    private static final Set<String> SETTING = Set.of("USER_VERSION", "APPLICATION_ID");

    private static final String OWN_SESSION = " (Database.openSession())";

    private PragmaRules() {}

    /** What a client may do: READ, SCHEMA (it changes the file) or REFUSED. The name in upper case. */
    static StatementKind kindOf(String name, boolean hasArgument) {
        if (ASKING.contains(name) || (TELLING.contains(name) && !hasArgument)) {
            return StatementKind.READ;
        }
        if (SETTING.contains(name)) {
            return hasArgument ? StatementKind.SCHEMA : StatementKind.READ;
        }
        return name.equals("OPTIMIZE") ? StatementKind.SCHEMA : StatementKind.REFUSED;
    }

    /** Whether the name may follow {@code pragma_} as a table-valued function; the name in upper case. */
    static boolean isTableFunctionAllowed(String name) {
        return ASKING.contains(name) || TELLING.contains(name) || SETTING.contains(name);
    }

    /** Why a PRAGMA is refused. */
    static String refusal(String name) {
        return TELLING.contains(name)
                ? "PRAGMA " + lower(name) + " can be asked but not set: it belongs to the coordinator"
                : "PRAGMA " + lower(name) + " is not available to clients: connections belong to the coordinator";
    }

    /** What to do instead of setting it, or nothing. */
    static String remedy(String name) {
        return switch (name) {
            case "FOREIGN_KEYS" ->
                "; set the coordinator's option foreignKeys (cleat serve --foreign-keys), or set it in a session of its own"
                        + OWN_SESSION;
            case "SYNCHRONOUS" -> "; set the coordinator's option synchronous (cleat serve --synchronous)";
            case "JOURNAL_MODE" -> "; readers and the writer do not wait for each other in WAL, which stays";
            default -> SessionPragma.of(name) == null ? "" : "; set it in a session of its own" + OWN_SESSION;
        };
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
