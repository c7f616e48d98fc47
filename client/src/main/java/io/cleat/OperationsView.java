// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** {@link SqlOperations} with options of their own. Threading: that of the target. */
final class OperationsView extends BoundOperations {
    OperationsView(Target target, CallOptions options) {
        super(target, options);
    }
}
