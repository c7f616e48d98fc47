// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import org.jspecify.annotations.Nullable;

/**
 * A column of a result that is not there yet: what SQLite knows of it before the statement runs. Immutable.
 *
 * <p>The three flags are those of the column in {@code tableName} that is called {@code name}: a column that the statement renames has none.
 *
 * @param name as in the result; may be empty.
 * @param declaredType of the table's column, as its CREATE TABLE spells it; null for an expression, or a column without type.
 * @param tableName of the table that the column comes from, views resolved; null for an expression.
 * @param notNull whether it is declared NOT NULL.
 * @param primaryKey whether it is the primary key, or part of it.
 * @param autoIncrement whether it is declared AUTOINCREMENT.
 */
public record ColumnDescription(
        String name,
        @Nullable String declaredType,
        @Nullable String tableName,
        boolean notNull,
        boolean primaryKey,
        boolean autoIncrement) {}
