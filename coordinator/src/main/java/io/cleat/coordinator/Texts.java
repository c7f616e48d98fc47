// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

/** Texts for people. Thread-safe: a pure function. */
final class Texts {
    private static final int SHORT_LENGTH = 120;

    private Texts() {}

    /**
     * One line of a statement.
     *
     * @param sql of any length.
     * @return at most 120 characters of it, white space folded.
     */
    static String shortened(String sql) {
        final String line = sql.strip().replaceAll("\\s+", " ");
        return line.length() <= SHORT_LENGTH ? line : line.substring(0, SHORT_LENGTH) + "…";
    }
}
