// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The statements of all clients by their text, so that what is learnt about one is shared; those used least recently are forgotten.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class KnownStatements {
    private static final int MAX_STATEMENTS = 4096;

    /** Longer texts are not kept. */
    private static final int MAX_LENGTH = 8192;

    /** All texts together, in characters. */
    private static final int MAX_TOTAL_LENGTH = 4 << 20;

    private int totalLength;

    private final Map<String, KnownStatement> byText = new LinkedHashMap<>(256, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, KnownStatement> eldest) {
            if (size() > MAX_STATEMENTS || totalLength > MAX_TOTAL_LENGTH) {
                totalLength -= eldest.getKey().length();
                return true;
            }
            return false;
        }
    };

    /**
     * The statement of a text.
     *
     * @param sql the text.
     * @return the same one each time, unless it is long or was forgotten.
     */
    KnownStatement of(String sql) {
        if (sql.length() > MAX_LENGTH) {
            return new KnownStatement(sql);
        }
        final KnownStatement known = byText.get(sql);
        if (known != null) {
            return known;
        }
        final KnownStatement added = new KnownStatement(sql);
        totalLength += sql.length();
        byText.put(sql, added);
        return added;
    }
}
