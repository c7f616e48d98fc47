// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.Locale;

/**
 * Cuts SQL into tokens where SQLite's own <a href="https://www.sqlite.org/src/file/src/tokenize.c">tokenizer</a> cuts it, as far as
 * this package asks: white space and comments are skipped, words, quotes, variables and semicolons are told apart. Never throws:
 * what is not SQL comes as {@link Token#ILLEGAL} or {@link Token#OTHER}. One thread.
 */
final class SqlTokenizer {
    enum Token {
        /** A keyword or a bare name. */
        WORD,
        /** A name in double quotes, brackets or back-ticks; in double quotes it may be meant as text. */
        QUOTED_NAME,
        /** Text in single quotes. */
        TEXT,
        NUMBER,
        /** {@code ?}, {@code ?5}, {@code :name}, {@code @name}, {@code $name}, {@code #name}. */
        VARIABLE,
        SEMICOLON,
        /** One character of anything else: operators, parentheses, commas. */
        OTHER,
        /** A quote that is never closed, or a NUL character (where SQLite stops reading). */
        ILLEGAL,
        END
    }

    private final String sql;
    private int start;
    private int end;

    SqlTokenizer(String sql) {
        this.sql = sql;
    }

    /** Index of the token's first character. */
    int start() {
        return start;
    }

    /** Index after the token's last character. */
    int end() {
        return end;
    }

    /** The token in upper case (ASCII), for comparing keywords. */
    String upper() {
        return sql.substring(start, end).toUpperCase(Locale.ROOT);
    }

    /** A bare or quoted name without its quotes, in upper case. */
    String upperName() {
        String text = upper();
        if (text.isEmpty() || isNameCharacter(text.charAt(0))) {
            return text;
        }
        char quote = text.charAt(0);
        String inner = text.length() < 2 ? "" : text.substring(1, text.length() - 1);
        return quote == '[' ? inner : inner.replace("" + quote + quote, "" + quote);
    }

    Token next() {
        skipBlank();
        start = end;
        if (end >= sql.length()) {
            return Token.END;
        }
        char c = sql.charAt(end);
        return switch (c) {
            case ';' -> one(Token.SEMICOLON);
            case 0 -> one(Token.ILLEGAL);
            case '\'' -> quoted('\'') ? Token.TEXT : Token.ILLEGAL;
            case '"', '`' -> quoted(c) ? Token.QUOTED_NAME : Token.ILLEGAL;
            case '[' -> bracketed();
            case '?' -> numberedVariable();
            case '$', '@', ':', '#' -> variable();
            default -> c >= '0' && c <= '9' ? number() : word();
        };
    }

    private Token one(Token token) {
        end++;
        return token;
    }

    private void skipBlank() {
        while (end < sql.length()) {
            char c = sql.charAt(end);
            if (isSpace(c) || c == '\uFEFF') {
                end++;
            } else if (c == '-' && at(end + 1) == '-') {
                int line = sql.indexOf('\n', end);
                int nul = sql.indexOf('\0', end);
                end = line < 0 ? sql.length() : line;
                end = nul >= 0 && nul < end ? nul : end;
            } else if (c == '/' && at(end + 1) == '*' && end + 2 < sql.length()) {
                int close = sql.indexOf("*/", end + 2);
                end = close < 0 ? sql.length() : close + 2;
            } else {
                return;
            }
        }
    }

    private boolean quoted(char quote) {
        for (int i = end + 1; i < sql.length(); i++) {
            char c = sql.charAt(i);
            if (c == 0) {
                break;
            }
            if (c == quote) {
                if (at(i + 1) != quote) {
                    end = i + 1;
                    return true;
                }
                i++;
            }
        }
        end = sql.length();
        return false;
    }

    private Token bracketed() {
        int close = sql.indexOf(']', end);
        end = close < 0 ? sql.length() : close + 1;
        return close < 0 ? Token.ILLEGAL : Token.QUOTED_NAME;
    }

    /** Tcl's variables among them: {@code $a::b(any but space)}, whose parentheses may hold a semicolon. */
    private Token variable() {
        int i = end + 1;
        int characters = 0;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            if (isNameCharacter(c)) {
                characters++;
                i++;
            } else if (c == '(' && characters > 0) {
                do {
                    i++;
                } while (i < sql.length() && at(i) != 0 && !isSpace(at(i)) && at(i) != ')');
                boolean closed = at(i) == ')';
                end = closed ? i + 1 : i;
                return closed ? Token.VARIABLE : Token.ILLEGAL;
            } else if (c == ':' && at(i + 1) == ':') {
                i += 2;
            } else {
                break;
            }
        }
        end = i;
        return characters == 0 ? Token.OTHER : Token.VARIABLE;
    }

    private Token number() {
        // Where exactly a number ends does not matter here: letters that follow one are an error in SQLite.
        while (isNameCharacter(at(end))) {
            end++;
        }
        return Token.NUMBER;
    }

    private Token word() {
        if (!isNameCharacter(sql.charAt(end))) {
            end++;
            return Token.OTHER;
        }
        while (isNameCharacter(at(end))) {
            end++;
        }
        // x'53514C' is a BLOB: one token, so that its quote does not seem to open another text.
        if (end == start + 1 && (at(start) == 'x' || at(start) == 'X') && at(end) == '\'') {
            return quoted('\'') ? Token.TEXT : Token.ILLEGAL;
        }
        return Token.WORD;
    }

    private Token numberedVariable() {
        do {
            end++;
        } while (at(end) >= '0' && at(end) <= '9');
        return Token.VARIABLE;
    }

    private char at(int index) {
        return index < sql.length() ? sql.charAt(index) : 0;
    }

    static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r' && c != 0x0b);
    }

    static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '$'
                || c >= 0x80;
    }
}
