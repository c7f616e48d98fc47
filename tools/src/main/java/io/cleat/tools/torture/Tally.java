// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was done to the processes, counted, and written to a file with the clock of the journals. Threading: the main thread. */
final class Tally {
    private final Path log;
    private final List<String> problems = new ArrayList<>();
    private int kills;
    private int coordinatorKills;
    private int stops;
    private int coordinatorStops;

    /** Writes to {@code actions.log} in the folder. */
    Tally(Path folder) {
        log = folder.resolve("actions.log");
    }

    void killed(Member member) {
        kills++;
        coordinatorKills += member.kind() == null ? 1 : 0;
        note("kill " + member.name() + " pid=" + member.process().pid());
    }

    void stopped(Member member, int stopMs) {
        stops++;
        coordinatorStops += member.kind() == null ? 1 : 0;
        note("stop " + member.name() + " pid=" + member.process().pid() + " ms=" + stopMs);
    }

    /** Something happened that may not happen. */
    void problem(String what) {
        problems.add(what);
        note("PROBLEM " + what);
    }

    void note(String what) {
        try {
            Files.writeString(
                    log, System.nanoTime() + " " + what + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + log, e);
        }
    }

    /** {@return whether every process ended as it should} */
    Check check() {
        return new Check(
                "processes",
                problems.isEmpty(),
                problems.isEmpty() ? "none ended by itself, all ended when asked" : problems.size() + " problems",
                problems.subList(0, Math.min(10, problems.size())));
    }

    Map<String, Object> json() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("kills", kills);
        json.put("coordinatorKills", coordinatorKills);
        json.put("stops", stops);
        json.put("coordinatorStops", coordinatorStops);
        return json;
    }

    @Override
    public String toString() {
        return String.format(
                "kills %d (%d of the coordinator)  stops %d (%d)", kills, coordinatorKills, stops, coordinatorStops);
    }
}
