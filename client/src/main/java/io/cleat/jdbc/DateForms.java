// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.sql.SQLException;
import java.util.TimeZone;

/**
 * How a connection writes dates, and reads numbers that are some.
 *
 * @param form what a date is bound as.
 * @param unitMs milliseconds that one unit of an INTEGER stands for: 1 or 1000.
 * @param dates by the pattern of the text form.
 */
record DateForms(Form form, long unitMs, JdbcDates dates) {
    /** What a date is bound as. */
    enum Form {
        /** Time since 1970. */
        INTEGER,
        /** Julian day. */
        REAL,
        /** By the pattern. */
        TEXT
    }

    static DateForms of(JdbcOptions options) {
        return new DateForms(
                Form.valueOf(options.dateClass().name()),
                options.datePrecision() == JdbcOptions.DatePrecision.SECONDS ? 1000 : 1,
                new JdbcDates(options.dateStringFormat()));
    }

    /** Binds a date to a parameter. */
    void bind(BoundValues values, int parameter, long ms, TimeZone zone) throws SQLException {
        switch (form) {
            case INTEGER -> values.setLong(parameter, ms / unitMs);
            case REAL -> values.setDouble(parameter, JdbcDates.toJulian(ms));
            case TEXT -> values.setText(parameter, dates.format(ms, zone));
        }
    }
}
