// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.nameserver.Liveness;
import io.cleat.protocol.ClientNumber;
import io.cleat.status.ClientSnapshot;
import io.cleat.status.ErrorObservation;
import io.cleat.status.StatusSnapshot;
import io.cleat.status.TurnHolder;
import io.cleat.tools.shell.Durations;
import io.cleat.tools.shell.TextTable;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A status file as text or JSON. Immutable, so thread-safe. */
final class StatReport {
    private final StatusSnapshot snapshot;
    private final Liveness liveness;
    private final boolean zeros;

    StatReport(StatusSnapshot snapshot, Liveness liveness, boolean zeros) {
        this.snapshot = snapshot;
        this.liveness = liveness;
        this.zeros = zeros;
    }

    /**
     * Prints it.
     *
     * @param out takes the lines.
     * @param before the counters of the last time, or empty.
     * @param elapsedNs since then.
     */
    void print(PrintWriter out, Map<String, Long> before, long elapsedNs) {
        head(out);
        counters(out, before, elapsedNs);
        clients(out);
        errors(out);
    }

    private void head(PrintWriter out) {
        out.println(snapshot.databaseName() + "  "
                + snapshot.state().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                + (liveness == Liveness.STALE && !snapshot.state().hasStopped()
                        ? ", but its coordinator is dead"
                        : ""));
        out.println("  file         " + snapshot.databaseFile());
        out.println("  coordinator  pid " + snapshot.coordinatorPid() + ", epoch " + snapshot.epoch() + ", started "
                + Instant.ofEpochMilli(snapshot.processStartMs()) + ", heartbeat "
                + Durations.latency(Math.max(0, snapshot.heartbeatAgeNs())) + " ago");
        out.println("  speaks       protocol " + snapshot.protocolMin() + " to " + snapshot.protocolMax() + ", "
                + snapshot.dialect() + " " + snapshot.sqliteVersion());
        out.println("  commit       " + snapshot.commitSequence());
        final TurnHolder holder = snapshot.turnHolder();
        out.println("  write turn   "
                + (holder == null || liveness == Liveness.STALE
                        ? "nobody for longer than a commit"
                        : holderText(holder) + ", for "
                                + Durations.span(Math.max(0, System.nanoTime() - holder.beganNs()) / 1_000_000)
                                + ", last " + holder.sql()));
    }

    private String holderText(TurnHolder holder) {
        for (ClientSnapshot client : snapshot.clients()) {
            if (client.clientId() == holder.clientId()) {
                return "client " + ClientNumber.text(holder.clientId()) + " " + client.name() + ", pid " + client.pid()
                        + ", session " + holder.sessionId();
            }
        }
        return "client " + ClientNumber.text(holder.clientId()) + ", session " + holder.sessionId();
    }

    private void counters(PrintWriter out, Map<String, Long> before, long elapsedNs) {
        final TextTable table =
                before.isEmpty() ? new TextTable("#COUNT", "COUNTER") : new TextTable("#COUNT", "#A SECOND", "COUNTER");
        snapshot.counters().forEach((label, value) -> {
            if (!zeros && value == 0) {
                return;
            }
            if (before.isEmpty()) {
                table.row(String.format(Locale.ROOT, "%,d", value), label);
            } else {
                final double rate = (value - before.getOrDefault(label, 0L)) * 1e9 / Math.max(1, elapsedNs);
                table.row(String.format(Locale.ROOT, "%,d", value), String.format(Locale.ROOT, "%,.0f", rate), label);
            }
        });
        out.println();
        table.print(out, "  ");
    }

    private void clients(PrintWriter out) {
        out.println();
        if (snapshot.clients().isEmpty()) {
            out.println("  no clients");
            return;
        }
        final TextTable table = new TextTable(
                "#CLIENT", "STATE", "#PID", "NAME", "#REQUESTS", "#SESSIONS", "#CURSORS", "#UNREAD BYTES", "ATTACHED");
        final long nowMs = System.currentTimeMillis();
        for (ClientSnapshot client : snapshot.clients()) {
            table.row(
                    ClientNumber.text(client.clientId()),
                    client.state().name().toLowerCase(Locale.ROOT)
                            + (client.refusal().isEmpty() ? "" : ": " + client.refusal()),
                    client.pid(),
                    client.name(),
                    client.requestCount(),
                    client.openSessions(),
                    client.openCursors(),
                    Math.max(0, client.replyWrittenBytes() - client.replyConsumedBytes()),
                    Durations.span(nowMs - client.attachedAtMs()));
        }
        table.print(out, "  ");
    }

    private void errors(PrintWriter out) {
        if (snapshot.errors().isEmpty()) {
            return;
        }
        out.println();
        for (ErrorObservation error : snapshot.errors()) {
            out.println("  error seen " + error.count() + " times, from " + Instant.ofEpochMilli(error.firstMs())
                    + " to " + Instant.ofEpochMilli(error.lastMs()));
            error.text().lines().forEach(line -> out.println("    " + line));
        }
    }

    private static @Nullable Map<String, @Nullable Object> json(@Nullable TurnHolder holder) {
        if (holder == null) {
            return null;
        }
        final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("clientId", holder.clientId());
        fields.put("sessionId", holder.sessionId());
        fields.put("heldNs", Math.max(0, System.nanoTime() - holder.beganNs()));
        fields.put("sql", holder.sql());
        return fields;
    }

    /**
     * All of it for programs.
     *
     * @param snapshot what to show.
     * @param liveness of its coordinator.
     * @return an object.
     */
    static Map<String, @Nullable Object> json(StatusSnapshot snapshot, Liveness liveness) {
        final Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("name", snapshot.databaseName());
        fields.put("state", snapshot.state().name());
        fields.put("liveness", liveness.name());
        fields.put("databaseFile", snapshot.databaseFile());
        fields.put("pid", snapshot.coordinatorPid());
        fields.put("processStartMs", snapshot.processStartMs());
        fields.put("createdAtMs", snapshot.createdAtMs());
        fields.put("epoch", snapshot.epoch());
        fields.put("heartbeatAgeNs", snapshot.heartbeatAgeNs());
        fields.put("protocolMin", snapshot.protocolMin());
        fields.put("protocolMax", snapshot.protocolMax());
        fields.put("dialect", snapshot.dialect());
        fields.put("sqliteVersion", snapshot.sqliteVersion());
        fields.put("requestCycle", snapshot.requestCycle());
        fields.put("commitSequence", snapshot.commitSequence());
        fields.put("turnHolder", json(snapshot.turnHolder()));
        fields.put("counters", snapshot.counters());
        final List<Object> clients = new ArrayList<>();
        snapshot.clients().forEach(client -> clients.add(client(client)));
        fields.put("clients", clients);
        final List<Object> errors = new ArrayList<>();
        snapshot.errors().forEach(error -> errors.add(error(error)));
        fields.put("errors", errors);
        return fields;
    }

    private static Map<String, Object> client(ClientSnapshot client) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("clientId", client.clientId());
        fields.put("state", client.state().name());
        fields.put("name", client.name());
        fields.put("pid", client.pid());
        fields.put("attachedAtMs", client.attachedAtMs());
        fields.put("negotiatedVersion", client.negotiatedVersion());
        fields.put("requestCount", client.requestCount());
        fields.put("requestConsumedBytes", client.requestConsumedBytes());
        fields.put("replyWrittenBytes", client.replyWrittenBytes());
        fields.put("replyConsumedBytes", client.replyConsumedBytes());
        fields.put("openSessions", client.openSessions());
        fields.put("openCursors", client.openCursors());
        fields.put("refusal", client.refusal());
        return fields;
    }

    private static Map<String, Object> error(ErrorObservation error) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("count", error.count());
        fields.put("firstMs", error.firstMs());
        fields.put("lastMs", error.lastMs());
        fields.put("text", error.text());
        return fields;
    }
}
