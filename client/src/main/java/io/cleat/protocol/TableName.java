// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

/** Names of tables as SQLite compares them. Thread-safe: pure functions. */
public final class TableName {
    private TableName() {}

    /**
     * The form in which equal names are equal: ASCII letters in lower case, others as they are.
     *
     * @param name of a table.
     * @return the same string when there is nothing to change.
     */
    public static String fold(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (isUpper(name.charAt(i))) {
                return folded(name);
            }
        }
        return name;
    }

    private static String folded(String name) {
        final char[] chars = name.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            if (isUpper(chars[i])) {
                chars[i] = (char) (chars[i] + ('a' - 'A'));
            }
        }
        return new String(chars);
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }
}
