// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers at the beginning of texts, as SQLite finds them: 0 where there is none. Thread-safe: pure functions. */
final class TextNumber {
    private static final Pattern INTEGER = Pattern.compile("[ \\t-\\r]*([+-]?[0-9]+)");
    private static final Pattern NUMBER =
            Pattern.compile("[ \\t-\\r]*([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?)");

    private TextNumber() {}

    /** What does not fit is the least or greatest number. */
    static long toLong(@Nullable Object text) {
        final Matcher matcher = INTEGER.matcher(String.valueOf(text));
        if (!matcher.lookingAt()) {
            return 0;
        }
        final BigInteger value = new BigDecimal(matcher.group(1)).toBigInteger();
        return value.bitLength() < Long.SIZE ? value.longValue() : value.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    static double toDouble(@Nullable Object text) {
        final Matcher matcher = NUMBER.matcher(String.valueOf(text));
        return matcher.lookingAt() ? Double.parseDouble(matcher.group(1)) : 0;
    }
}
