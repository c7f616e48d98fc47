// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

/**
 * What a metric should reach. Immutable.
 *
 * @param kind what is compared.
 * @param bound with what.
 */
record Target(Kind kind, double bound) {
    /** What a target says something about. */
    enum Kind {
        /** Nothing: the metric is for information. */
        NONE,
        /** Ours divided by the baseline, the less the better. */
        RATIO_AT_MOST,
        /** Ours divided by the baseline, the more the better. */
        RATIO_AT_LEAST,
        /** Ours, whatever the baseline. */
        OURS_AT_MOST
    }

    static final Target NONE = new Target(Kind.NONE, Double.NaN);

    static Target ratioAtMost(double bound) {
        return new Target(Kind.RATIO_AT_MOST, bound);
    }

    static Target ratioAtLeast(double bound) {
        return new Target(Kind.RATIO_AT_LEAST, bound);
    }

    static Target oursAtMost(double bound) {
        return new Target(Kind.OURS_AT_MOST, bound);
    }

    /** {@return whether the values reach it; a NaN reaches nothing} */
    boolean isMet(double ours, double ratio) {
        return switch (kind) {
            case NONE -> true;
            case RATIO_AT_MOST -> ratio <= bound;
            case RATIO_AT_LEAST -> ratio >= bound;
            case OURS_AT_MOST -> ours <= bound;
        };
    }

    /** {@return the target as people read it, empty when there is none} */
    String text() {
        return switch (kind) {
            case NONE -> "";
            case RATIO_AT_MOST -> "ratio <= " + number(bound);
            case RATIO_AT_LEAST -> "ratio >= " + number(bound);
            case OURS_AT_MOST -> "<= " + number(bound);
        };
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
