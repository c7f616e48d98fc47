// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.protocol.StorageClass;
import java.sql.Types;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What JDBC calls a column, by its declared type and the storage class of a value. Thread-safe: pure functions. */
final class ColumnTypes {
    private static final Pattern CAST = Pattern.compile("cast\\(.*?\\s+as\\s+(.*?)\\s*\\)");
    private static final Pattern ARGUMENTS = Pattern.compile("\\(([^)]*)\\)");

    private ColumnTypes() {}

    /** The name before the arguments, in capitals. */
    static String name(String declaredType) {
        final int arguments = declaredType.indexOf('(');
        return (arguments < 0 ? declaredType : declaredType.substring(0, arguments)).toUpperCase(Locale.ENGLISH);
    }

    /** The name for a column without a declared type. */
    static String nameOf(int storageClass) {
        return switch (storageClass) {
            case StorageClass.INTEGER -> "INTEGER";
            case StorageClass.REAL -> "FLOAT";
            case StorageClass.TEXT -> "TEXT";
            case StorageClass.BLOB -> "BLOB";
            default -> "NUMERIC";
        };
    }

    /** The type in {@code cast(x as type)}, if that is what a column is called; else null. */
    static @Nullable String ofCast(String columnName) {
        final Matcher matcher = CAST.matcher(columnName);
        return matcher.find() ? matcher.group(1) : null;
    }

    /** An argument of a declared type such as DECIMAL(10, 2), from 0; 0 when there is none, or it is no number. */
    static int argument(@Nullable String declaredType, int index) {
        if (declaredType == null) {
            return 0;
        }
        final Matcher matcher = ARGUMENTS.matcher(declaredType);
        final String[] arguments = matcher.find() ? matcher.group(1).split(",") : new String[0];
        if (index >= arguments.length || (index == 1 && arguments.length != 2)) {
            return 0;
        }
        try {
            return Integer.parseInt(arguments[index].trim());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    static String className(int storageClass, long value) {
        return switch (storageClass) {
            case StorageClass.INTEGER -> (int) value == value ? "java.lang.Integer" : "java.lang.Long";
            case StorageClass.REAL -> "java.lang.Double";
            case StorageClass.TEXT -> "java.lang.String";
            default -> "java.lang.Object";
        };
    }

    /**
     * The type in {@link Types}.
     *
     * @param name of the type.
     * @param storageClass of the value; NULL goes by the name alone.
     * @param value an INTEGER's.
     */
    static int sqlType(String name, int storageClass, long value) {
        final @Nullable Integer type =
                switch (storageClass) {
                    case StorageClass.INTEGER -> integer(name, (int) value == value ? Types.INTEGER : Types.BIGINT);
                    case StorageClass.REAL -> real(name, Types.FLOAT);
                    case StorageClass.TEXT -> text(name, Types.VARCHAR);
                    case StorageClass.BLOB -> blob(name, Types.BLOB);
                    default -> byName(name);
                };
        return type == null ? Types.NUMERIC : type;
    }

    private static @Nullable Integer byName(String name) {
        @Nullable Integer type = integer(name, null);
        if (type == null) {
            type = real(name, null);
        }
        if (type == null) {
            type = text(name, null);
        }
        return type == null ? blob(name, null) : type;
    }

    private static @Nullable Integer integer(String name, @Nullable Integer otherwise) {
        return switch (name) {
            case "BOOLEAN" -> Types.BOOLEAN;
            case "TINYINT" -> Types.TINYINT;
            case "SMALLINT", "INT2" -> Types.SMALLINT;
            case "BIGINT", "INT8", "UNSIGNED BIG INT" -> Types.BIGINT;
            case "DATE" -> Types.DATE;
            case "DATETIME", "TIMESTAMP" -> Types.TIMESTAMP;
            case "INT", "INTEGER", "MEDIUMINT" -> otherwise == null ? Integer.valueOf(Types.INTEGER) : otherwise;
            default -> otherwise;
        };
    }

    private static @Nullable Integer real(String name, @Nullable Integer otherwise) {
        return switch (name) {
            case "DECIMAL" -> Types.DECIMAL;
            case "DOUBLE", "DOUBLE PRECISION" -> Types.DOUBLE;
            case "NUMERIC" -> Types.NUMERIC;
            case "REAL" -> Types.REAL;
            case "FLOAT" -> Types.FLOAT;
            default -> otherwise;
        };
    }

    private static @Nullable Integer text(String name, @Nullable Integer otherwise) {
        return switch (name) {
            case "CHARACTER", "NCHAR", "NATIVE CHARACTER", "CHAR" -> Types.CHAR;
            case "CLOB" -> Types.CLOB;
            case "DATE" -> Types.DATE;
            case "DATETIME", "TIMESTAMP" -> Types.TIMESTAMP;
            case "VARCHAR", "VARYING CHARACTER", "NVARCHAR", "TEXT" -> Types.VARCHAR;
            default -> otherwise;
        };
    }

    private static @Nullable Integer blob(String name, @Nullable Integer otherwise) {
        return switch (name) {
            case "BINARY" -> Types.BINARY;
            case "BLOB" -> Types.BLOB;
            default -> otherwise;
        };
    }
}
