// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.util.Calendar;
import org.jspecify.annotations.Nullable;

/**
 * A date pattern of numbers and literals only, such as {@code yyyy-MM-dd HH:mm:ss.SSS}, and its parser. Unlike {@link java.text.SimpleDateFormat} and like
 * sqlite-jdbc it takes neither spaces nor signs where there are none in the pattern. What follows a date is not looked at, and fields may
 * overflow into the next.
 *
 * <p>Immutable.
 */
final class NumericDatePattern {
    private static final String LETTERS = "yMdHmsS";
    private static final int[] FIELDS = {
        Calendar.YEAR,
        Calendar.MONTH,
        Calendar.DAY_OF_MONTH,
        Calendar.HOUR_OF_DAY,
        Calendar.MINUTE,
        Calendar.SECOND,
        Calendar.MILLISECOND
    };

    private final String pattern;

    private NumericDatePattern(String pattern) {
        this.pattern = pattern;
    }

    /** Null when the pattern has names, time zones, quotes or years of two digits. */
    static @Nullable NumericDatePattern of(String pattern) {
        for (int i = 0; i < pattern.length(); i++) {
            final char c = pattern.charAt(i);
            final boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (c == '\'' || (letter && !isNumeric(pattern, i))) {
                return null;
            }
        }
        return new NumericDatePattern(pattern);
    }

    private static boolean isNumeric(String pattern, int at) {
        final char c = pattern.charAt(at);
        int from = at;
        while (from > 0 && pattern.charAt(from - 1) == c) {
            from--;
        }
        final int width = run(pattern, from) - from;
        return switch (c) {
            case 'y' -> width > 2;
            case 'M' -> width <= 2;
            default -> LETTERS.indexOf(c) >= 0;
        };
    }

    /** Milliseconds since 1970, by way of a calendar, which is set; null when the text does not begin as the pattern says. */
    @Nullable
    Long parse(String text, Calendar calendar) {
        calendar.clear();
        int at = 0;
        int next;
        for (int i = 0; i < pattern.length(); i = next) {
            final int field = LETTERS.indexOf(pattern.charAt(i));
            next = field < 0 ? i + 1 : run(pattern, i);
            if (field < 0) {
                if (at == text.length() || text.charAt(at) != pattern.charAt(i)) {
                    return null;
                }
                at++;
                continue;
            }
            final boolean bounded = next < pattern.length() && LETTERS.indexOf(pattern.charAt(next)) >= 0;
            final int end = digits(text, at, bounded ? next - i : Integer.MAX_VALUE);
            // More digits than an int has are no date.
            if (end == at || end - at > 9 || (bounded && end - at < next - i)) {
                return null;
            }
            final int value = Integer.parseInt(text, at, end, 10);
            calendar.set(FIELDS[field], FIELDS[field] == Calendar.MONTH ? value - 1 : value);
            at = end;
        }
        return calendar.getTimeInMillis();
    }

    private static int digits(String text, int from, int max) {
        int at = from;
        while (at < text.length() && at - from < max && Character.isDigit(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static int run(String pattern, int from) {
        int at = from + 1;
        while (at < pattern.length() && pattern.charAt(at) == pattern.charAt(from)) {
            at++;
        }
        return at;
    }
}
