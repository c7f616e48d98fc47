// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import org.jspecify.annotations.Nullable;

/**
 * Where a registered coordinator is in its life.
 *
 * <pre>
 *   FREE --register--&gt; STARTING --ready--&gt; READY --closing--&gt; CLOSING --close--&gt; FREE
 *     ^                    |                  |                                    |
 *     +---- close, or its owner died and somebody cleaned (under names.lock) ------+
 * </pre>
 *
 * <p>Threading: immutable.
 */
public enum NameState {
    /** Nobody's slot. */
    FREE(0),
    /** The coordinator owns the name and is opening its database. */
    STARTING(1),
    /** The coordinator takes requests. */
    READY(2),
    /** The coordinator finishes what it has begun and takes no new clients. */
    CLOSING(3);

    private final int number;

    NameState(final int number) {
        this.number = number;
    }

    /**
     * The number that stands for this state in the file.
     *
     * @return 0 to 3, the same in every version.
     */
    public int number() {
        return number;
    }

    static @Nullable NameState of(final int number) {
        return switch (number) {
            case 0 -> FREE;
            case 1 -> STARTING;
            case 2 -> READY;
            case 3 -> CLOSING;
            default -> null;
        };
    }
}
