// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a forked JVM is told on its command line: pairs of key and value. Mutable while the parent fills it in, read by one thread
 * then.
 */
final class WorkerArguments {
    /** Which side of the comparison a worker is on. */
    enum Side {
        /** Through a coordinator. */
        OURS,
        /** The file itself, by sqlite-jdbc. */
        BASELINE
    }

    private final Map<String, String> values;

    private WorkerArguments(Map<String, String> values) {
        this.values = values;
    }

    /** Begins with a role; see {@link Worker}. */
    static WorkerArguments of(String role) {
        return new WorkerArguments(new LinkedHashMap<>()).with("role", role);
    }

    /**
     * Reads {@code key=value} words.
     *
     * @throws IllegalArgumentException for another form.
     */
    static WorkerArguments parse(String[] words) {
        final Map<String, String> values = new LinkedHashMap<>();
        for (String word : words) {
            final int at = word.indexOf('=');
            if (at < 1) {
                throw new IllegalArgumentException("not key=value: " + word);
            }
            values.put(word.substring(0, at), word.substring(at + 1));
        }
        return new WorkerArguments(values);
    }

    /** {@return a copy with one more value} */
    WorkerArguments with(String key, Object value) {
        final Map<String, String> copy = new LinkedHashMap<>(values);
        copy.put(key, value.toString());
        return new WorkerArguments(copy);
    }

    /** {@return this as words of a command line} */
    List<String> words() {
        final List<String> words = new ArrayList<>();
        values.forEach((key, value) -> words.add(key + "=" + value));
        return words;
    }

    String role() {
        return get("role");
    }

    Side side() {
        return Side.valueOf(get("side"));
    }

    Path cleatDirectory() {
        return Path.of(get("cleatDirectory"));
    }

    String databaseName() {
        return get("databaseName");
    }

    Path databaseFile() {
        return Path.of(get("databaseFile"));
    }

    /** {@return FULL or NORMAL} */
    String synchronous() {
        return get("synchronous");
    }

    /** {@return whether who waits spins, or idles as by default} */
    boolean isSpinning() {
        return Boolean.parseBoolean(values.getOrDefault("spinning", "false"));
    }

    /** {@return whether ours goes by JDBC, or by the client API} */
    boolean isJdbc() {
        return Boolean.parseBoolean(values.getOrDefault("jdbc", "false"));
    }

    /** {@return how many rows the table has at the start} */
    int rowCount() {
        return Integer.parseInt(get("rowCount"));
    }

    /** {@return how many rows a batch has} */
    int batchRowCount() {
        return Integer.parseInt(get("batchRowCount"));
    }

    /** {@return how many requests a writer keeps outstanding} */
    int outstanding() {
        return Integer.parseInt(get("outstanding"));
    }

    /** {@return the file by which a listener tells what it has seen} */
    Path sighting() {
        return Path.of(get("sighting"));
    }

    /** {@return whether a listener listens to a live query, or to table updates} */
    boolean isLive() {
        return Boolean.parseBoolean(get("live"));
    }

    /** {@return how many clients listen} */
    int clientCount() {
        return Integer.parseInt(get("clientCount"));
    }

    /** {@return the table that clients listen to} */
    String table() {
        return get("table");
    }

    private String get(String key) {
        final String value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("missing argument key=" + key + " values=" + values);
        }
        return value;
    }
}
