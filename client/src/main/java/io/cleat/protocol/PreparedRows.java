// SPDX-License-Identifier: Apache-2.0
package io.cleat.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows that answer {@code Prepare}: one of the statement, one of each parameter that has a name, one of each column.
 *
 * <p>Thread-safe: constants.
 */
public final class PreparedRows {
    /** What the row is of: {@link #STATEMENT}, {@link #PARAMETER} or {@link #COLUMN}. */
    public static final int WHAT = 0;

    /** The parameter's or column's name; NULL for the statement. */
    public static final int NAME = 1;

    /** How many parameters the statement has; the index of the parameter or column, from 0. */
    public static final int NUMBER = 2;

    /** A column's declared type, or NULL. */
    public static final int DECLARED_TYPE = 3;

    /** A column's table, or NULL. */
    public static final int TABLE_NAME = 4;

    /** {@link #READ_ONLY} of a statement; the others of a column. */
    public static final int FLAGS = 5;

    /** First of all. */
    public static final int STATEMENT = 0;

    /** Only those with a name. */
    public static final int PARAMETER = 1;

    /** All, in their order. */
    public static final int COLUMN = 2;

    /** It changes nothing. */
    public static final int READ_ONLY = 1;

    /** NULL is refused. */
    public static final int NOT_NULL = 1;

    /** It is the primary key, or part of it. */
    public static final int PRIMARY_KEY = 2;

    /** AUTOINCREMENT. */
    public static final int AUTO_INCREMENT = 4;

    /** Of the columns of the rows. */
    public static final List<String> NAMES = List.of("what", "name", "number", "declared_type", "table_name", "flags");

    /** Of the columns of the rows. */
    public static final List<@Nullable String> TYPES = List.of("INTEGER", "TEXT", "INTEGER", "TEXT", "TEXT", "INTEGER");

    private PreparedRows() {}
}
