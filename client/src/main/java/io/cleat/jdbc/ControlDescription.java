// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import io.cleat.StatementDescription;
import java.util.List;

/** Of what the connection answers by itself: it takes and gives nothing. Immutable. */
final class ControlDescription {
    static final StatementDescription NONE = new StatementDescription(0, List.of(), true, List.of());

    private ControlDescription() {}
}
