// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import io.cleat.tools.child.Folders;
import io.cleat.tools.shell.JsonText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a torture shows. Threading: the main thread. */
final class TortureReport {
    private final TorturePlan plan;
    private final PrintWriter out;

    TortureReport(TorturePlan plan, PrintWriter out) {
        this.plan = plan;
        this.out = out;
    }

    void begin(Folders folders, Path database) {
        final StringJoiner crew = new StringJoiner(", ");
        new TreeMap<>(plan.crew()).forEach((kind, count) -> crew.add(kind.label() + " " + count));
        say("Kills and suspends a coordinator and its clients at random for " + plan.seconds()
                + " s; then looks whether each write was applied once or not at all, as its writer was told.");
        say("");
        say("  seed    " + plan.seed());
        say("  crew    coordinator 1, " + crew);
        say("  file    " + database + "  (synchronous=" + plan.synchronous() + ")");
        say("  shared  " + folders.shared());
        say("");
    }

    void progress(double seconds, Tally tally, Crew crew, long epoch) {
        say(String.format("%6.0f s  writes %,9d  %s  epoch %d", seconds, crew.writes(), tally, epoch));
    }

    /** The folders are named when they are kept. */
    void end(List<Check> checks, Tally tally, Crew crew, long epoch, double seconds, @Nullable Folders kept)
            throws IOException {
        final boolean passed = checks.stream().allMatch(Check::passed);
        say("");
        say(String.format(
                "  %.0f s  writes %,d  %s  coordinators %d  workers %d",
                seconds, crew.writes(), tally, crew.coordinators(), crew.workerCount()));
        say("");
        for (Check check : checks) {
            say(String.format("    %-6s  %-18s %s", check.passed() ? "OK" : "FAILED", check.name(), check.detail()));
            check.evidence().forEach(line -> say("              | " + line));
        }
        say("");
        if (kept != null) {
            say("  kept    " + kept.disk() + "  (journals N.journal, actions.log, *.err), " + kept.shared());
        }
        say(
                passed
                        ? "OK  every write was applied once or not at all, and its writer was told which; seed "
                                + plan.seed()
                        : "FAILED  seed " + plan.seed());
        final Path json = plan.json();
        if (json != null) {
            Files.writeString(json, JsonText.of(json(checks, tally, crew, epoch, seconds, passed)) + "\n");
        }
    }

    private Map<String, Object> json(
            List<Check> checks, Tally tally, Crew crew, long epoch, double seconds, boolean passed) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("passed", passed);
        json.put("seed", plan.seed());
        json.put("seconds", seconds);
        json.put("writes", crew.writes());
        json.putAll(tally.json());
        json.put("epoch", epoch);
        json.put("coordinators", crew.coordinators());
        json.put("workers", crew.workerCount());
        final List<Map<String, Object>> all = new ArrayList<>();
        for (Check check : checks) {
            final Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", check.name());
            one.put("passed", check.passed());
            one.put("detail", check.detail());
            one.put("evidence", check.evidence());
            all.add(one);
        }
        json.put("checks", all);
        return json;
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
