// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.Arrays;

/** Stack traces of what was thrown on one thread and is thrown on in another. Thread-safe: pure functions. */
final class Traces {
    private Traces() {}

    /** Adds the frames of the calling thread behind those of the thrower, with a line between them. */
    static <E extends Throwable> E joined(E thrown, String seam) {
        final StackTraceElement[] theirs = thrown.getStackTrace();
        final StackTraceElement[] ours = new Throwable().getStackTrace();
        final StackTraceElement[] both = Arrays.copyOf(theirs, theirs.length + ours.length);
        // The frame of this method becomes the seam.
        ours[0] = new StackTraceElement(seam, "waitedForBy", null, -1);
        System.arraycopy(ours, 0, both, theirs.length, ours.length);
        thrown.setStackTrace(both);
        return thrown;
    }
}
