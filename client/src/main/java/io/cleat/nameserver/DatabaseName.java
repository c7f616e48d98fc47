// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.util.regex.Pattern;

/**
 * The rule for names of databases: {@code [a-z0-9][a-z0-9._-]{0,62}}, but not the name of one of our own files.
 *
 * <p>Threading: stateless, any thread.
 */
public final class DatabaseName {
    /** The longest name, in characters, which are bytes too. */
    public static final int MAX_LENGTH = 63;

    private static final Pattern RULE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    private DatabaseName() {}

    /**
     * Whether a text may name a database.
     *
     * @param name any text.
     * @return true if it may.
     */
    public static boolean isValid(final String name) {
        // A database's folder lies beside these two files, so their names are taken.
        return RULE.matcher(name).matches()
                && !name.equals(CleatDirectory.NAMES_FILE)
                && !name.equals(CleatDirectory.NAMES_LOCK);
    }

    /**
     * The name, if it is one.
     *
     * @param name any text.
     * @return the same text.
     * @throws CleatException with {@link ErrorCode#MISUSE} if it may not name a database.
     */
    public static String check(final String name) {
        if (!isValid(name)) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "not a database name: '" + name + "' (a name is " + RULE.pattern() + ", and not "
                            + CleatDirectory.NAMES_FILE + " or " + CleatDirectory.NAMES_LOCK + ")");
        }
        return name;
    }
}
