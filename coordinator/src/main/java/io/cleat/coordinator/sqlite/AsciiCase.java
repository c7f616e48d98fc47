// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/** SQLite's idea of equal names: only the letters A to Z have two cases. Thread-safe: no state. */
final class AsciiCase {
    private AsciiCase() {}

    /** The text with A to Z made small; the same object when there are none. */
    static String lower(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isUpper(text.charAt(i))) {
                return lowerFrom(text, i);
            }
        }
        return text;
    }

    private static String lowerFrom(String text, int first) {
        char[] characters = text.toCharArray();
        for (int i = first; i < characters.length; i++) {
            if (isUpper(characters[i])) {
                characters[i] = (char) (characters[i] + ('a' - 'A'));
            }
        }
        return new String(characters);
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }
}
