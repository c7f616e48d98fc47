// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.nameserver.Liveness;
import io.cleat.nameserver.NameEntry;
import io.cleat.nameserver.NameServer;
import io.cleat.tools.shell.CommonOptions;
import io.cleat.tools.shell.Durations;
import io.cleat.tools.shell.ExitCode;
import io.cleat.tools.shell.JsonText;
import io.cleat.tools.shell.TextTable;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists who is registered. Changes nothing. Threading: the main thread. */
@Command(
        name = "names",
        description = "Show which databases are served, by whom, and whether their coordinators live.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cleat names",
            "  cleat names --json",
            "",
            "A stale entry is one whose coordinator died; the next one that registers cleans it."
        })
final class NamesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private CommonOptions options;

    @Option(names = "--json", description = "Print an array of objects.")
    private boolean json;

    NamesCommand() {}

    @Override
    public Integer call() {
        final PrintWriter out = spec.commandLine().getOut();
        final NameServer names = NameServer.open(options.resolve());
        final List<NameEntry> entries = names.list();
        if (json) {
            final List<Object> all = new ArrayList<>();
            entries.forEach(entry -> all.add(fields(entry)));
            out.println(JsonText.of(all));
        } else if (entries.isEmpty()) {
            out.println("nothing is registered in " + names.directory());
        } else {
            print(entries, out);
        }
        for (int slot : names.damagedSlots()) {
            spec.commandLine()
                    .getErr()
                    .println("cleat: slot " + slot + " of " + names.directory().namesFile() + " is damaged");
        }
        return ExitCode.OK;
    }

    private static void print(List<NameEntry> entries, PrintWriter out) {
        final long nowMs = System.currentTimeMillis();
        final TextTable table = new TextTable("NAME", "STATE", "OWNER", "#PID", "#EPOCH", "#UPTIME", "SQLITE", "FILE");
        for (NameEntry entry : entries) {
            table.row(
                    entry.name(),
                    entry.state().name().toLowerCase(Locale.ROOT),
                    entry.liveness().name().toLowerCase(Locale.ROOT),
                    entry.pid(),
                    entry.epoch(),
                    entry.liveness() == Liveness.STALE ? "-" : Durations.span(nowMs - entry.registeredAtMs()),
                    entry.sqliteVersion(),
                    entry.databaseFile());
        }
        table.print(out, "");
    }

    private static Map<String, Object> fields(NameEntry entry) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", entry.name());
        fields.put("state", entry.state().name());
        fields.put("liveness", entry.liveness().name());
        fields.put("pid", entry.pid());
        fields.put("processStartMs", entry.processStartMs());
        fields.put("epoch", entry.epoch());
        fields.put("registeredAtMs", entry.registeredAtMs());
        fields.put("heartbeatMs", entry.heartbeatMs());
        fields.put("protocolVersion", entry.protocolVersion());
        fields.put("dialect", entry.dialect());
        fields.put("sqliteVersion", entry.sqliteVersion());
        fields.put("user", entry.user());
        fields.put("databaseFile", entry.databaseFile());
        return fields;
    }
}
