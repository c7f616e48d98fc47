// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import io.cleat.coordinator.sqlite.SqlTokenizer.Token;
import java.util.Set;

/**
 * What the first words of a statement say: which statement it is. Leading semicolons, comments and white space are skipped as
 * SQLite skips them. Immutable.
 *
 * @param keyword the first keyword in upper case, after EXPLAIN or EXPLAIN QUERY PLAN; empty when there is none.
 * @param explained whether EXPLAIN stands before it.
 * @param effect what it does to the transaction.
 * @param counts whether SQLite counts the rows that it changes: INSERT, UPDATE, DELETE, REPLACE, also behind WITH.
 */
record SqlHead(String keyword, boolean explained, TransactionEffect effect, boolean counts) {
    private static final Set<String> COUNTED = Set.of("INSERT", "UPDATE", "DELETE", "REPLACE");
    private static final Set<String> SCHEMA = Set.of("CREATE", "DROP", "ALTER", "REINDEX", "ANALYZE", "VACUUM");

    static SqlHead of(String sql) {
        SqlTokenizer tokens = new SqlTokenizer(sql);
        String keyword = first(tokens);
        boolean explained = keyword.equals("EXPLAIN");
        if (explained) {
            keyword = first(tokens);
            if (keyword.equals("QUERY")) {
                first(tokens);
                keyword = first(tokens);
            }
        }
        final TransactionEffect effect = explained ? TransactionEffect.NONE : effectOf(keyword, tokens);
        return new SqlHead(keyword, explained, effect, !explained && counts(keyword, tokens));
    }

    private static boolean counts(String keyword, SqlTokenizer tokens) {
        if (!keyword.equals("WITH")) {
            return COUNTED.contains(keyword);
        }
        int depth = 0;
        for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
            if (token == Token.OTHER) {
                final String text = tokens.upper();
                depth += text.equals("(") ? 1 : text.equals(")") ? -1 : 0;
            } else if (token == Token.WORD && depth == 0) {
                final String word = tokens.upper();
                if (COUNTED.contains(word)) {
                    return true;
                }
                if (word.equals("SELECT") || word.equals("VALUES")) {
                    return false;
                }
            }
        }
        return false;
    }

    /** A tokenizer that has just passed the first keyword, for who wants to read on. */
    static SqlTokenizer afterKeyword(String sql) {
        SqlTokenizer tokens = new SqlTokenizer(sql);
        String keyword = first(tokens);
        if (keyword.equals("EXPLAIN")) {
            if (first(tokens).equals("QUERY")) {
                first(tokens);
                first(tokens);
            }
        }
        return tokens;
    }

    /** Whether running it may change the columns of other statements. */
    boolean touchesSchema() {
        return !explained && SCHEMA.contains(keyword);
    }

    private static String first(SqlTokenizer tokens) {
        Token token = tokens.next();
        while (token == Token.SEMICOLON) {
            token = tokens.next();
        }
        return token == Token.WORD ? tokens.upper() : "";
    }

    private static TransactionEffect effectOf(String keyword, SqlTokenizer tokens) {
        return switch (keyword) {
            case "BEGIN" -> TransactionEffect.BEGIN;
            case "COMMIT", "END" -> TransactionEffect.COMMIT;
            case "SAVEPOINT" -> TransactionEffect.SAVEPOINT;
            case "RELEASE" -> TransactionEffect.RELEASE;
            case "ROLLBACK" -> {
                boolean part = false;
                for (Token token = tokens.next(); token == Token.WORD && !part; token = tokens.next()) {
                    part = tokens.upper().equals("TO");
                }
                yield part ? TransactionEffect.ROLLBACK_TO : TransactionEffect.ROLLBACK;
            }
            default -> TransactionEffect.NONE;
        };
    }
}
