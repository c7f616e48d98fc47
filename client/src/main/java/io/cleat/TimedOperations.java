// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** {@link SqlOperations} with a timeout of their own. Threading: that of the target. */
final class TimedOperations extends BoundOperations {
    TimedOperations(Target target, long timeoutNs) {
        super(target, timeoutNs);
    }
}
