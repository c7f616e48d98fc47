// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.util.Calendar;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.Locale;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/**
 * Dates as SQLite's values: milliseconds or seconds since 1970, Julian days, or text of a pattern.
 *
 * <p>Thread-safe: formats are used under the monitor, since the statements of a connection may be on different threads.
 */
@SuppressWarnings("JavaUtilDate") // which JDBC speaks
final class JdbcDates {
    private static final double JULIAN_1970 = 2440587.5;
    private static final double DAY_MS = 86_400_000.0;

    /** Of {@code 2020-02-29 13:14:15}. */
    private static final int SECONDS_LENGTH = 19;

    private final String pattern;
    private final TimeZone zone = TimeZone.getDefault();
    private final @Nullable NumericDatePattern numeric;
    private final SimpleDateFormat format; // guarded by this

    /** For a pattern of {@link SimpleDateFormat}; without a calendar the time zone is the default one of now. */
    JdbcDates(String pattern) {
        this.pattern = pattern;
        this.numeric = NumericDatePattern.of(pattern);
        this.format = new SimpleDateFormat(pattern, Locale.getDefault());
    }

    /** Milliseconds of a text that begins with the pattern, in the zone of the calendar or the default. */
    long parse(String text, @Nullable Calendar calendar) throws ParseException {
        final TimeZone ofText = calendar == null ? zone : calendar.getTimeZone();
        // As sqlite-jdbc does: seconds may end a text where milliseconds are expected.
        final String whole = text.length() == SECONDS_LENGTH ? text + ".000" : text;
        if (numeric == null) {
            synchronized (this) {
                format.setTimeZone(ofText);
                return format.parse(whole).getTime();
            }
        }
        final @Nullable Long ms = numeric.parse(whole, Calendar.getInstance(ofText));
        if (ms == null) {
            throw new ParseException("Unparseable date: \"" + whole + "\" does not match " + pattern, 0);
        }
        return ms;
    }

    synchronized String format(long ms, TimeZone ofZone) {
        format.setTimeZone(ofZone);
        return format.format(new Date(ms));
    }

    static double toJulian(long ms) {
        return ms / DAY_MS + JULIAN_1970;
    }

    /** Milliseconds of a Julian day, whose date and time are taken to be those of the calendar's zone. Sets the calendar. */
    static long fromJulian(double julian, Calendar calendar) {
        final double shifted = julian + 0.5;
        final int day = (int) shifted;
        final double fraction = shifted - day;
        final int gregorian = day < 2_299_161 ? day : toGregorian(day);
        // The civil date, by Meeus, Astronomical Algorithms, chapter 7.
        final int b = gregorian + 1524;
        final int c = (int) ((b - 122.1) / 365.25);
        final int d = (int) (365.25 * c);
        final int e = (int) ((b - d) / 30.6001);
        final int month = e < 14 ? e - 1 : e - 13;
        final int year = month > 2 ? c - 4716 : c - 4715;
        // Each part cuts off the rest, as sqlite-jdbc does.
        final double dayOfMonth = b - d - (int) (30.6001 * e) + fraction;
        final double hours = dayOfMonth - (int) dayOfMonth;
        final double minutes = 24 * hours - (int) (24 * hours);
        final double seconds = 60 * minutes - (int) (60 * minutes);
        final double ms = 60 * seconds - (int) (60 * seconds);
        calendar.set(year, month - 1, (int) dayOfMonth, (int) (24 * hours), (int) (60 * minutes), (int) (60 * seconds));
        calendar.set(Calendar.MILLISECOND, (int) (1000 * ms));
        if (year < 1) {
            calendar.set(Calendar.ERA, GregorianCalendar.BC);
            calendar.set(Calendar.YEAR, 1 - year);
        }
        return calendar.getTimeInMillis();
    }

    private static int toGregorian(int day) {
        final int alpha = (int) ((day - 1_867_216.25) / 36_524.25);
        return day + 1 + alpha - alpha / 4;
    }
}
