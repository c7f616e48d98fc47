// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares the journals with the file, which plain SQLite opens after the coordinator has let go of it. Threading: one thread.
 */
final class Verifier {
    /** What workers look at themselves: the name of the check and of the rule in journals, with what is counted. */
    private static final Map<String, String> RULES = new TreeMap<>(Map.of(
            "snapshot", "snapshots, each with the right sum and unchanging, nothing seen once was gone",
            "listener", "updates told, in order and without gaps",
            "live", "results of live queries, none of an older commit, none stale at the end",
            "exclusive", "exclusive blocks, nobody wrote in between",
            "result", "answers that were wrong",
            "attached", "databases that had to be opened anew",
            "call", "failures that no death explains",
            "worker", "workers that could not do their work"));

    private static final Map<String, String> COUNTS =
            Map.of("snapshot", "snapshots", "listener", "updates", "live", "results", "exclusive", "exclusives");

    /** Who counts what must have been seen when there was one. */
    private static final Map<String, WorkerKind> COUNTED_BY = Map.of(
            "snapshot", WorkerKind.READER,
            "listener", WorkerKind.LISTENER,
            "live", WorkerKind.LISTENER,
            "exclusive", WorkerKind.EXCLUSIVE);

    private static final int SHOWN = 5;

    private final Path database;
    private final Set<WorkerKind> kinds;
    private final TreeMap<Integer, JournalReader> journals = new TreeMap<>();

    /**
     * Reads the journals.
     *
     * @param database the SQLite file.
     * @param folder of the journals.
     * @param workers how many there were, numbered from 1.
     * @param kinds of which there was one at least: something of each must have been seen.
     */
    Verifier(Path database, Path folder, int workers, Set<WorkerKind> kinds) throws IOException {
        this.database = database;
        this.kinds = Set.copyOf(kinds);
        for (int worker = 1; worker <= workers; worker++) {
            journals.put(worker, JournalReader.read(folder, worker));
        }
    }

    /** {@return what was checked} */
    List<Check> run() throws SQLException, IOException {
        final List<Check> checks = new ArrayList<>();
        try (Connection connection = Books.open(database)) {
            new UnitChecks(journals).run(connection, checks);
            unknown(checks);
            balances(connection, checks);
            rules(checks);
            lastShown(connection, checks);
            pragma(connection, checks, "integrity_check", "ok");
            pragma(connection, checks, "foreign_key_check", "");
        }
        return checks;
    }

    private void unknown(List<Check> checks) throws IOException {
        long count = 0;
        List<String> evidence = List.of();
        for (JournalReader journal : journals.values()) {
            count += journal.unknownCount();
            for (int i = 0; i < journal.units().size() && evidence.isEmpty(); i++) {
                if (journal.units().get(i).state() == Unit.State.UNKNOWN) {
                    evidence = journal.lines(i + 1L);
                }
            }
        }
        checks.add(
                new Check("unknown", count == 0, count + " units whose outcome their worker was not told", evidence));
    }

    private static void balances(Connection connection, List<Check> checks) throws SQLException {
        final long sum = Long.parseLong(text(connection, "SELECT sum(balance) FROM accounts"));
        checks.add(Check.of("sum", sum == Books.TOTAL, "of all balances " + sum + ", expected " + Books.TOTAL));
        final String different = text(
                connection,
                "SELECT group_concat('account ' || id || ': balance ' || balance || ', by its facts ' || ("
                        + Books.BALANCE
                        + " + given), '; ') FROM (SELECT id, balance, (SELECT coalesce(sum(amount), 0) FROM facts"
                        + " WHERE account = accounts.id) AS given FROM accounts) WHERE balance <> " + Books.BALANCE
                        + " + given");
        checks.add(Check.of(
                "balances", different.isEmpty(), different.isEmpty() ? "each is what its facts make it" : different));
    }

    private void rules(List<Check> checks) {
        RULES.forEach((rule, text) -> {
            long seen = 0;
            final List<String> broken = new ArrayList<>();
            for (JournalReader journal : journals.values()) {
                seen += journal.count(COUNTS.getOrDefault(rule, ""));
                for (String violation : journal.violations()) {
                    if (violation.startsWith(rule + " ")) {
                        broken.add("worker " + journal.worker() + ": " + violation.substring(rule.length() + 1));
                    }
                }
            }
            final long count = COUNTS.containsKey(rule) ? seen : broken.size();
            final WorkerKind counting = COUNTED_BY.get(rule);
            final boolean sawNothing = counting != null && kinds.contains(counting) && seen == 0;
            checks.add(new Check(
                    rule,
                    broken.isEmpty() && !sawNothing,
                    count + " " + text + (broken.isEmpty() ? "" : "; WRONG: " + broken.size())
                            + (sawNothing ? "; WRONG: a " + counting.label() + " was there and saw nothing" : ""),
                    broken.stream().distinct().limit(SHOWN).toList()));
        });
    }

    private void lastShown(Connection connection, List<Check> checks) throws SQLException {
        final String expected = text(connection, "SELECT coalesce(max(id), 0) FROM facts") + " ["
                + text(connection, "SELECT group_concat(balance, ', ') FROM (SELECT balance FROM accounts ORDER BY id)")
                + "]";
        int seen = 0;
        final List<String> wrong = new ArrayList<>();
        for (JournalReader journal : journals.values()) {
            if (!journal.last().isEmpty()) {
                seen++;
                if (!journal.last().equals(expected)) {
                    wrong.add("worker " + journal.worker() + " showed " + journal.last());
                    wrong.add("the file holds " + expected);
                }
            }
        }
        checks.add(
                new Check("shown", wrong.isEmpty() && seen > 0, seen + " listeners show what the file holds", wrong));
    }

    private static void pragma(Connection connection, List<Check> checks, String name, String expected)
            throws SQLException {
        final String found = text(connection, "PRAGMA " + name);
        checks.add(Check.of(name, found.equals(expected), found.isEmpty() ? "nothing found" : found));
    }

    /** The first column of the first row; empty when there is none, or it is NULL. */
    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            final String text = row.next() ? row.getString(1) : null;
            return text == null ? "" : text;
        }
    }
}
