// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** What happened to rows of a table. Threading: immutable. */
public enum UpdateKind {
    /** Rows were inserted. */
    INSERT(1),
    /** Rows were updated. */
    UPDATE(2),
    /** Rows were deleted. */
    DELETE(4),
    /** Any of the three: for filtering and announcing. An event names the kinds one by one. */
    ANY(7);

    private final int bits;

    UpdateKind(int bits) {
        this.bits = bits;
    }

    /** The kinds as they travel; docs/protocol.md, "Tables". */
    int bits() {
        return bits;
    }
}
