// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.util.List;

/**
 * One thing that was checked at the end. Immutable.
 *
 * @param name one word or two.
 * @param passed whether it holds.
 * @param detail with counts.
 * @param evidence lines about the first thing that is wrong; empty when nothing is.
 */
record Check(String name, boolean passed, String detail, List<String> evidence) {
    /** Copies the evidence. */
    Check {
        evidence = List.copyOf(evidence);
    }

    static Check of(String name, boolean passed, String detail) {
        return new Check(name, passed, detail, List.of());
    }
}
