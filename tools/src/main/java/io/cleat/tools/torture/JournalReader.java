// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The journal of one worker, read after its end. Not thread-safe. */
final class JournalReader {
    private final int worker;
    private final Path file;
    private final List<Unit> units = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final Map<String, Long> counts = new HashMap<>();
    private String last = "";
    private long unknown;

    private JournalReader(int worker, Path file) {
        this.worker = worker;
        this.file = file;
    }

    /** Reads the journal of a worker; an empty one when it was killed before it began. */
    static JournalReader read(Path folder, int worker) throws IOException {
        final JournalReader reader = new JournalReader(worker, Journal.file(folder, worker));
        if (Files.exists(reader.file)) {
            final String text = Files.readString(reader.file, StandardCharsets.UTF_8);
            // What follows the last end of a line was being written when the worker was killed.
            text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(reader::take);
        }
        return reader;
    }

    private void take(String line) {
        final String[] fields = line.split(" ", 4);
        switch (fields[1]) {
            case "I" -> units.add(new Unit(Integer.parseInt(fields[3].substring(0, fields[3].indexOf(' ')))));
            case "A" -> settle(fields, line, Unit.State.APPLIED);
            case "N" -> settle(fields, line, Unit.State.NOT_APPLIED);
            case "U" -> {
                unknown++;
                settle(fields, line, Unit.State.UNKNOWN);
            }
            case "X" -> violations.add(fields[2] + " " + fields[3]);
            case "F" -> last = fields[2] + " " + fields[3];
            case "C" -> counts.put(fields[2], Long.valueOf(fields[3]));
            default -> throw new IllegalArgumentException("no journal line: " + line);
        }
    }

    private void settle(String[] fields, String line, Unit.State state) {
        final Unit unit = units.get(Integer.parseInt(fields[2]) - 1);
        if (unit.state() != Unit.State.UNDECIDED) {
            violations.add("result told twice: " + line);
        }
        unit.state(state);
    }

    int worker() {
        return worker;
    }

    /** The units; the first has number 1. */
    List<Unit> units() {
        return units;
    }

    /** Broken rules: the rule, a space, what happened. */
    List<String> violations() {
        return violations;
    }

    /** How much of something was seen. */
    long count(String name) {
        return counts.getOrDefault(name, 0L);
    }

    /** The last that live queries showed: the newest id, a space, the balances; empty if there were none. */
    String last() {
        return last;
    }

    long unknownCount() {
        return unknown;
    }

    /** What the journal says of one unit, with the lines before and after. */
    List<String> lines(long unit) throws IOException {
        final List<String> found = new ArrayList<>();
        final String number = " " + unit;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                final int kind = line.indexOf(' ') + 1;
                if (kind > 0
                        && "IANU".indexOf(line.charAt(kind)) >= 0
                        && (line + " ").startsWith(number + " ", kind + 1)) {
                    found.add("journal of worker " + worker + ": " + line);
                }
            }
        }
        return found;
    }
}
