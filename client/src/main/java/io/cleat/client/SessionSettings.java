// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * The PRAGMAs that sessions of this client have set for themselves, as they were executed: a successor of the coordinator is told them.
 *
 * <p>Thread-safe.
 */
final class SessionSettings {
    /** What was set for a session. */
    record Setting(int sessionId, String sql) {}

    /** Where the name is not found so, the whole text stands for it. */
    private static final Pattern NAME =
            Pattern.compile("pragma\\s+(?:\\w+\\s*\\.\\s*)?[\"'`\\[]?(\\w+)", Pattern.CASE_INSENSITIVE);

    /** There are fewer PRAGMAs that a session may set. */
    private static final int MAX_SETTINGS = 64;

    private final Int2ObjectHashMap<Map<String, String>> bySession = new Int2ObjectHashMap<>(); // guarded by this

    /** The coordinator has said that a PRAGMA of a session set something. */
    synchronized void set(int sessionId, String sql) {
        final Map<String, String> settings = bySession.computeIfAbsent(sessionId, id -> new LinkedHashMap<>());
        final String name = name(sql);
        // The last one counts, so that it is told last.
        settings.remove(name);
        if (settings.size() >= MAX_SETTINGS) {
            settings.remove(settings.keySet().iterator().next());
        }
        settings.put(name, sql);
    }

    synchronized void forget(int sessionId) {
        bySession.remove(sessionId);
    }

    /** All of them, those of one session in their order. */
    synchronized List<Setting> all() {
        final List<Setting> all = new ArrayList<>();
        bySession.forEach((id, settings) -> settings.values().forEach(sql -> all.add(new Setting(id, sql))));
        return all;
    }

    private static String name(String sql) {
        final Matcher name = NAME.matcher(sql);
        return name.find() ? name.group(1).toLowerCase(Locale.ROOT) : sql;
    }
}
