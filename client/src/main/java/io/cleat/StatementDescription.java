// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.List;

/**
 * What a statement takes and gives, known without running it, under the schema of the moment in which it was asked for: see
 * {@link Session#describe}. Immutable.
 *
 * @param parameterCount how many values it takes.
 * @param parameterNames of each parameter, as the text spells it ({@code :a}, {@code @a}, {@code $a}, {@code ?5}); empty for a plain {@code ?} and for a number
 *     that the text leaves out. Unmodifiable.
 * @param readOnly whether it changes nothing, so that it may run in a snapshot.
 * @param columns of its result; none when it returns no rows. Unmodifiable.
 */
public record StatementDescription(
        int parameterCount, List<String> parameterNames, boolean readOnly, List<ColumnDescription> columns) {
    /** Copies the lists. */
    public StatementDescription {
        parameterNames = List.copyOf(parameterNames);
        columns = List.copyOf(columns);
    }

    /** {@return whether it returns rows, if only none} */
    public boolean returnsRows() {
        return !columns.isEmpty();
    }
}
