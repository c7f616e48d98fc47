// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Conversions between storage classes as SQLite's CAST makes them.
 *
 * <p>Source: <a href="https://sqlite.org/lang_expr.html#castexpr">CAST expressions</a>. Thread-safe: pure functions.
 */
final class Conversions {
    private static final MathContext SHORT = new MathContext(15, RoundingMode.HALF_UP);

    /** SQLite decodes 18 digits first, and rounds these. */
    private static final MathContext DECODED = new MathContext(18, RoundingMode.HALF_UP);

    private static final MathContext LONG = new MathContext(17, RoundingMode.HALF_UP);
    private static final int MIN_FIXED_EXPONENT = -4;
    private static final int MAX_FIXED_EXPONENT = 17;

    private Conversions() {}

    /** The longest prefix that is an integer, after spaces; clamped; else 0. */
    static long textToLong(String text) {
        int at = skipSpaces(text);
        final boolean negative = at < text.length() && text.charAt(at) == '-';
        if (at < text.length() && (negative || text.charAt(at) == '+')) {
            at++;
        }
        long value = 0;
        for (; at < text.length() && isDigit(text.charAt(at)); at++) {
            final int digit = text.charAt(at) - '0';
            if (value < (Long.MIN_VALUE + digit) / 10) {
                return negative ? Long.MIN_VALUE : Long.MAX_VALUE;
            }
            // Counted below zero, where there is room for one more.
            value = value * 10 - digit;
        }
        if (negative) {
            return value;
        }
        return value == Long.MIN_VALUE ? Long.MAX_VALUE : -value;
    }

    /** The longest prefix that is a number, after spaces; else 0.0. */
    static double textToDouble(String text) {
        final int start = skipSpaces(text);
        int at = start;
        if (at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+')) {
            at++;
        }
        final int digitsStart = at;
        at = skipDigits(text, at);
        int digits = at - digitsStart;
        if (at < text.length() && text.charAt(at) == '.') {
            final int end = skipDigits(text, at + 1);
            digits += end - at - 1;
            at = end;
        }
        if (digits == 0) {
            return 0.0;
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int exponent = at + 1;
            if (exponent < text.length() && (text.charAt(exponent) == '-' || text.charAt(exponent) == '+')) {
                exponent++;
            }
            final int end = skipDigits(text, exponent);
            at = end > exponent ? end : at;
        }
        return Double.parseDouble(text.substring(start, at));
    }

    /**
     * As SQLite prints a REAL: 17 significant digits, without a tail of zeros or nines that says nothing, always with a fraction.
     * Its decoding is not exact: far from 1 the last digit may differ in rare cases.
     */
    static String doubleToText(double value) {
        if (Double.isNaN(value)) {
            return "NULL";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Inf" : "-Inf";
        }
        if (value == 0) {
            return "0.0";
        }
        final BigDecimal rounded = significant(value).stripTrailingZeros();
        final int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= MIN_FIXED_EXPONENT && exponent < MAX_FIXED_EXPONENT) {
            return rounded.scale() < 1 ? rounded.setScale(1).toPlainString() : rounded.toPlainString();
        }
        final String digits = rounded.unscaledValue().abs().toString();
        final int magnitude = Math.abs(exponent);
        return (value < 0 ? "-" : "")
                + digits.charAt(0)
                + '.'
                + (digits.length() > 1 ? digits.substring(1) : "0")
                + 'e'
                + (exponent < 0 ? '-' : '+')
                + (magnitude < 10 ? "0" : "")
                + magnitude;
    }

    private static BigDecimal significant(double value) {
        final BigDecimal full = new BigDecimal(value).round(DECODED).round(LONG);
        final String digits = full.unscaledValue().abs().toString();
        if (digits.length() == LONG.getPrecision()) {
            final String tail = digits.substring(SHORT.getPrecision() - 1, SHORT.getPrecision() + 1);
            if (tail.equals("00") || tail.equals("99")) {
                final BigDecimal brief = full.round(SHORT);
                return brief.doubleValue() == value ? brief : full;
            }
        }
        return full;
    }

    private static int skipSpaces(String text) {
        int at = 0;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static int skipDigits(String text, int from) {
        int at = from;
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
