// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import io.cleat.coordinator.sqlite.SqlTokenizer.Token;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Numbers the variables of a statement as SQLite does, because sqlite-jdbc does not hand out sqlite3_bind_parameter_name.
 * Thread-safe: no state.
 */
final class VariableNames {
    private VariableNames() {}

    /** The names by index from 0, those of a plain {@code ?} left out; {@code count} is SQLite's own. */
    static Map<Integer, String> of(String sql, int count) {
        if (count == 0) {
            return Map.of();
        }
        Map<Integer, String> names = new TreeMap<>();
        Map<String, Integer> known = new HashMap<>();
        int highest = 0;
        SqlTokenizer tokens = new SqlTokenizer(sql);
        for (Token token = tokens.next(); token != Token.END; token = tokens.next()) {
            if (token != Token.VARIABLE) {
                continue;
            }
            String text = sql.substring(tokens.start(), tokens.end());
            int number;
            if (text.equals("?")) {
                number = highest + 1;
            } else if (text.charAt(0) == '?') {
                number = number(text, count);
                names.putIfAbsent(number - 1, text);
            } else {
                number = known.getOrDefault(text, highest + 1);
                known.put(text, number);
                names.putIfAbsent(number - 1, text);
            }
            highest = Math.max(highest, number);
        }
        names.keySet().removeIf(index -> index < 0 || index >= count);
        return Collections.unmodifiableMap(names);
    }

    /** SQLite has compiled the text, so that the number is one; beyond the count only if we read the text otherwise. */
    private static int number(String text, int count) {
        return text.length() > 18 ? count : (int) Math.min(Long.parseLong(text, 1, text.length(), 10), count);
    }
}
