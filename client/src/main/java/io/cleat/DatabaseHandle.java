// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.nio.file.Path;

/**
 * What a handle says: {@code cleat:NAME?directory=PATH}, or {@code cleat:NAME?transaction=TOKEN&directory=PATH} of an open transaction.
 * The path comes last, because it may hold anything. Immutable.
 *
 * @param name of the database.
 * @param directory that its processes agree on.
 * @param token of the transaction, 0 for none.
 */
record DatabaseHandle(String name, Path directory, long token) {
    private static final String SCHEME = "cleat:";
    private static final String TRANSACTION = "?transaction=";
    private static final String DIRECTORY = "directory=";
    private static final int HEX = 16;

    static DatabaseHandle parse(String text) {
        final int query = text.indexOf('?');
        if (text.startsWith(SCHEME) && query >= 0) {
            final String name = text.substring(SCHEME.length(), query);
            if (text.startsWith(DIRECTORY, query + 1)) {
                return new DatabaseHandle(name, Path.of(text.substring(query + 1 + DIRECTORY.length())), 0);
            }
            final int and = text.indexOf('&', query);
            if (text.startsWith(TRANSACTION, query) && and >= 0 && text.startsWith(DIRECTORY, and + 1)) {
                return new DatabaseHandle(
                        name,
                        Path.of(text.substring(and + 1 + DIRECTORY.length())),
                        token(text, text.substring(query + TRANSACTION.length(), and)));
            }
        }
        throw no(text);
    }

    DatabaseHandle with(long newToken) {
        return new DatabaseHandle(name, directory, newToken);
    }

    @Override
    public String toString() {
        return SCHEME + name + (token == 0 ? "?" : TRANSACTION + Long.toHexString(token) + "&") + DIRECTORY + directory;
    }

    private static long token(String text, String hex) {
        try {
            return Long.parseUnsignedLong(hex, HEX);
        } catch (NumberFormatException e) {
            throw no(text);
        }
    }

    private static CleatException no(String text) {
        return Failures.misuse("a handle is cleat:NAME?directory=PATH, this is not: " + text);
    }
}
