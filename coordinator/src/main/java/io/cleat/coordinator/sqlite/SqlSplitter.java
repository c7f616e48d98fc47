// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import io.cleat.coordinator.sqlite.SqlTokenizer.Token;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a script into statements where the sqlite3 shell splits it: at semicolons outside of quotes, comments and the bodies of
 * triggers, by the state machine of <a href="https://www.sqlite.org/c3ref/complete.html">sqlite3_complete</a>. Thread-safe: no
 * state.
 */
public final class SqlSplitter {
    private enum State {
        START,
        NORMAL,
        EXPLAIN,
        CREATE,
        TRIGGER,
        TRIGGER_SEMICOLON,
        TRIGGER_END
    }

    private SqlSplitter() {}

    /**
     * The statements of a script in order, each trimmed of white space around it, without its semicolon, with the comments inside
     * and before it; text after the last semicolon is the last statement. Parts that hold only white space, comments and semicolons
     * are left out. The SQL is not checked: an unclosed quote reaches to the end.
     */
    public static List<String> split(String script) {
        List<String> statements = new ArrayList<>();
        SqlTokenizer tokens = new SqlTokenizer(script);
        int from = 0;
        while (true) {
            boolean any = passStatement(tokens);
            boolean last = tokens.start() == tokens.end();
            if (any) {
                statements.add(trim(script, from, last ? script.length() : tokens.start()));
            }
            if (last) {
                return statements;
            }
            from = tokens.end();
        }
    }

    /** Whether the text holds exactly one statement: SQLite silently ignores what follows the first one. */
    public static boolean isSingle(String sql) {
        return count(sql, 2) == 1;
    }

    /** Whether the text holds no statement: nothing but white space, comments and semicolons. */
    public static boolean isEmpty(String sql) {
        return count(sql, 1) == 0;
    }

    private static int count(String sql, int limit) {
        SqlTokenizer tokens = new SqlTokenizer(sql);
        int count = 0;
        do {
            count += passStatement(tokens) ? 1 : 0;
        } while (count < limit && tokens.start() != tokens.end());
        return count;
    }

    /**
     * Whether a statement does no more than frame a script that somebody exported: BEGIN, COMMIT, END, or a PRAGMA foreign_keys, which
     * SQLite ignores inside a transaction.
     */
    public static boolean isScriptFrame(String sql) {
        SqlHead head = SqlHead.of(sql);
        return switch (head.keyword()) {
            case "BEGIN", "COMMIT", "END" -> !head.explained();
            case "PRAGMA" -> SqlGuard.pragmaName(sql).equals("FOREIGN_KEYS");
            default -> false;
        };
    }

    /** Reads on to the semicolon that ends the statement, or to the end; whether anything stood before it. */
    private static boolean passStatement(SqlTokenizer tokens) {
        State state = State.START;
        while (true) {
            Token token = tokens.next();
            if (token == Token.END) {
                return state != State.START;
            }
            if (token == Token.SEMICOLON) {
                if (state != State.TRIGGER && state != State.TRIGGER_SEMICOLON) {
                    return state != State.START;
                }
                state = State.TRIGGER_SEMICOLON;
            } else {
                state = after(state, token == Token.WORD ? tokens.upper() : "");
            }
        }
    }

    private static State after(State state, String word) {
        return switch (state) {
            case START ->
                switch (word) {
                    case "EXPLAIN" -> State.EXPLAIN;
                    case "CREATE" -> State.CREATE;
                    default -> State.NORMAL;
                };
            case EXPLAIN ->
                switch (word) {
                    case "CREATE" -> State.CREATE;
                    case "QUERY", "PLAN" -> State.EXPLAIN;
                    default -> State.NORMAL;
                };
            case CREATE ->
                switch (word) {
                    case "TEMP", "TEMPORARY" -> State.CREATE;
                    case "TRIGGER" -> State.TRIGGER;
                    default -> State.NORMAL;
                };
            case TRIGGER_SEMICOLON -> word.equals("END") ? State.TRIGGER_END : State.TRIGGER;
            case TRIGGER, TRIGGER_END -> State.TRIGGER;
            case NORMAL -> State.NORMAL;
        };
    }

    private static String trim(String script, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && isBlank(script.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(script.charAt(end - 1))) {
            end--;
        }
        return script.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return SqlTokenizer.isSpace(c) || c == '\uFEFF';
    }
}
