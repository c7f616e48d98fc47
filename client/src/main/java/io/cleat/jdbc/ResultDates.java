// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.protocol.StorageClass;
import java.sql.SQLException;
import java.text.ParseException;
import java.util.Calendar;
import org.jspecify.annotations.Nullable;

/** The values of a result as dates: text by the connection's pattern, REAL as Julian day, INTEGER as time since 1970. Thread-safe: stateless. */
final class ResultDates {
    private ResultDates() {}

    static Calendar required(@Nullable Calendar calendar) throws SQLException {
        if (calendar == null) {
            throw Misuse.data("Expected a calendar instance.", new IllegalArgumentException());
        }
        return calendar;
    }

    /**
     * Milliseconds since 1970.
     *
     * @param calendar whose zone a text or a Julian day is in; null for the default.
     * @param complaint of a text that is none.
     * @return null for NULL and for an empty text.
     */
    static @Nullable Long ms(JdbcResultSet results, int column, @Nullable Calendar calendar, String complaint)
            throws SQLException {
        final DateForms forms = results.statement().dateForms();
        switch (results.type(column)) {
            case StorageClass.NULL -> {
                return null;
            }
            case StorageClass.TEXT -> {
                final @Nullable String text = results.getString(column);
                return text == null || text.isEmpty() ? null : parsed(forms, text, calendar, complaint);
            }
            case StorageClass.REAL -> {
                return JdbcDates.fromJulian(
                        results.getDouble(column), calendar == null ? Calendar.getInstance() : calendar);
            }
            default -> {
                return results.getLong(column) * forms.unitMs();
            }
        }
    }

    private static Long parsed(DateForms forms, String text, @Nullable Calendar calendar, String complaint)
            throws SQLException {
        try {
            return forms.dates().parse(text, calendar);
        } catch (ParseException e) {
            throw Misuse.data(complaint, e);
        }
    }
}
