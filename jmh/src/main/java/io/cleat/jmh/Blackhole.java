// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

/** Keeps the compiler from dropping work whose result nobody wants. One thread; a lost update does no harm. */
final class Blackhole {
    private static volatile long never = Long.MIN_VALUE;

    private Blackhole() {}

    /** {@return the second argument; to the compiler the first matters as well} */
    static long consumed(long value, long result) {
        return value == never ? result + 1 : result;
    }
}
