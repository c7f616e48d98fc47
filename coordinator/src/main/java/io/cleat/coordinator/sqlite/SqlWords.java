// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import io.cleat.coordinator.sqlite.SqlTokenizer.Token;
import java.util.function.Consumer;

/**
 * What the words of a text can mean, without a grammar: rather too much than too little. Immutable.
 *
 * @param replaces whether REPLACE stands there as a way to settle conflicts, not as the function.
 * @param updates whether UPDATE stands there, as in an upsert.
 */
record SqlWords(boolean replaces, boolean updates) {
    static SqlWords of(String sql) {
        SqlTokenizer tokens = new SqlTokenizer(sql);
        boolean replaces = false;
        boolean updates = false;
        boolean replaceBefore = false;
        for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
            replaces |= replaceBefore && sql.charAt(tokens.start()) != '(';
            replaceBefore = token == Token.WORD && is(tokens, sql, "REPLACE");
            updates |= token == Token.WORD && is(tokens, sql, "UPDATE");
        }
        return new SqlWords(replaces || replaceBefore, updates);
    }

    /** Gives every name, bare or quoted, in upper case; texts too, because SQLite takes them for names of tables. */
    static void names(String sql, Consumer<String> each) {
        SqlTokenizer tokens = new SqlTokenizer(sql);
        for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
            if (token == Token.WORD || token == Token.QUOTED_NAME || token == Token.TEXT) {
                each.accept(tokens.upperName());
            }
        }
    }

    private static boolean is(SqlTokenizer tokens, String sql, String word) {
        return tokens.end() - tokens.start() == word.length()
                && sql.regionMatches(true, tokens.start(), word, 0, word.length());
    }
}
