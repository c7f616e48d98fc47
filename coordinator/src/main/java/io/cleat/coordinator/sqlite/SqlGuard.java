// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import io.cleat.coordinator.sqlite.SqlTokenizer.Token;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Refuses by its words what must not even be compiled for a client: some PRAGMAs act while they are compiled, with EXPLAIN before
 * them too. Thread-safe: no state.
 */
final class SqlGuard {
    private static final String TABLE_FUNCTION = "PRAGMA_";

    private SqlGuard() {}

    /** Why the text must not be run for a client, or null; {@code values} tells what a PRAGMA is set to. */
    static @Nullable String refusal(String sql, SqlHead head, UnaryOperator<String> values) {
        if (sql.indexOf('\0') >= 0) {
            return "the SQL holds a NUL character, where SQLite would stop reading";
        }
        if (SqlSplitter.isEmpty(sql)) {
            return "there is no statement: only white space or comments";
        }
        if (!SqlSplitter.isSingle(sql)) {
            return "there is more than one statement, and SQLite would run the first only: send them as a script";
        }
        return switch (head.keyword()) {
            case "ATTACH", "DETACH" ->
                head.keyword() + " is not available to clients: a coordinator serves one database file";
            case "PRAGMA" -> pragmaKind(sql) == StatementKind.REFUSED ? pragmaRefusal(sql, head, values) : null;
            case "VACUUM" ->
                hasWord(sql, "INTO")
                        ? "VACUUM INTO is not available to clients: it writes to a file of their choice"
                        : null;
            default -> tableFunctionRefusal(sql);
        };
    }

    /** What a PRAGMA statement is: READ, SCHEMA or REFUSED. */
    static StatementKind pragmaKind(String sql) {
        SqlTokenizer tokens = SqlHead.afterKeyword(sql);
        Token token = tokens.next();
        String name = nameOf(tokens, token);
        token = tokens.next();
        if (isOther(tokens, token, ".")) {
            // temp.user_version and the like concern a database that clients do not have.
            if (!name.equals("MAIN")) {
                return StatementKind.REFUSED;
            }
            name = nameOf(tokens, tokens.next());
            token = tokens.next();
        }
        return PragmaRules.kindOf(name, token != Token.END && token != Token.SEMICOLON);
    }

    /** Whether anything but a semicolon follows the name of a PRAGMA statement. */
    static boolean hasPragmaArgument(String sql) {
        SqlTokenizer tokens = SqlHead.afterKeyword(sql);
        tokens.next();
        Token token = tokens.next();
        if (isOther(tokens, token, ".")) {
            tokens.next();
            token = tokens.next();
        }
        return token != Token.END && token != Token.SEMICOLON;
    }

    /** The name of a PRAGMA statement in upper case, without a schema before it. */
    static String pragmaName(String sql) {
        SqlTokenizer tokens = SqlHead.afterKeyword(sql);
        String name = nameOf(tokens, tokens.next());
        if (isOther(tokens, tokens.next(), ".")) {
            return nameOf(tokens, tokens.next());
        }
        return name;
    }

    private static @Nullable String pragmaRefusal(String sql, SqlHead head, UnaryOperator<String> values) {
        final PragmaSetting setting = head.explained() || isOfOtherSchema(sql) ? null : PragmaSetting.of(sql);
        if (setting == null) {
            final String name = pragmaName(sql);
            return PragmaRules.refusal(name) + PragmaRules.remedy(name);
        }
        final String current = values.apply(setting.name());
        return setting.isAlready(current)
                ? null
                : PragmaRules.refusal(setting.name()) + ", where it is " + current + PragmaRules.remedy(setting.name());
    }

    /** Whether the name of a PRAGMA statement has one before it that is not MAIN. */
    static boolean isOfOtherSchema(String sql) {
        final SqlTokenizer tokens = SqlHead.afterKeyword(sql);
        final String name = nameOf(tokens, tokens.next());
        return isOther(tokens, tokens.next(), ".") && !name.equals("MAIN");
    }

    private static String nameOf(SqlTokenizer tokens, Token token) {
        return token == Token.WORD || token == Token.QUOTED_NAME || token == Token.TEXT ? tokens.upperName() : "";
    }

    private static boolean isOther(SqlTokenizer tokens, Token token, String text) {
        return token == Token.OTHER && tokens.upper().equals(text);
    }

    private static boolean hasWord(String sql, String word) {
        SqlTokenizer tokens = SqlHead.afterKeyword(sql);
        for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
            if (token == Token.WORD && tokens.upper().equals(word)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String tableFunctionRefusal(String sql) {
        if (!sql.toUpperCase(Locale.ROOT).contains(TABLE_FUNCTION)) {
            return null;
        }
        SqlTokenizer tokens = new SqlTokenizer(sql);
        for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
            String name = nameOf(tokens, token);
            if (token != Token.TEXT
                    && name.startsWith(TABLE_FUNCTION)
                    && !PragmaRules.isTableFunctionAllowed(name.substring(TABLE_FUNCTION.length()))) {
                return PragmaRules.refusal(name.substring(TABLE_FUNCTION.length())) + " (as a table-valued function)";
            }
        }
        return null;
    }
}
