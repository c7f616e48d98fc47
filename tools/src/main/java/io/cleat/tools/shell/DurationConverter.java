// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 500ms}, {@code 10s}, {@code 2m}, {@code 1h}; a number alone means seconds. Thread-safe: stateless. */
public final class DurationConverter implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h)?");

    /** Made by picocli. */
    public DurationConverter() {}

    @Override
    public Duration convert(String text) {
        final Matcher parts = FORM.matcher(text);
        if (!parts.matches() || Long.parseLong(parts.group(1)) == 0) {
            throw new TypeConversionException("'" + text + "' is no time span; such as 500ms, 10s, 2m");
        }
        final long number = Long.parseLong(parts.group(1));
        return switch (String.valueOf(parts.group(2))) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
        };
    }
}
