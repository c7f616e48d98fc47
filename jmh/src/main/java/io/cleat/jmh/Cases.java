// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import static io.cleat.jmh.Target.NONE;
import static io.cleat.jmh.Target.oursAtMost;
import static io.cleat.jmh.Target.ratioAtLeast;
import static io.cleat.jmh.Target.ratioAtMost;

import io.cleat.jmh.BenchCase.UnderLoad;
import java.util.ArrayList;
import java.util.List;

/** All cases, in the order in which they run. A new one is added here. Immutable. */
final class Cases {
    private static final int SCAN_ROW_COUNT = 1_000_000;

    private static final List<BenchCase> ALL = List.of(
            new UnderLoad(
                    "select",
                    "SELECT of one row by key, from another JVM / in-process",
                    Load.one("select", "NORMAL", true),
                    latency(ratioAtMost(0.8), oursAtMost(200))),
            new UnderLoad(
                    "insert-normal",
                    "autocommit INSERT of one row, synchronous=NORMAL, from another JVM / in-process",
                    Load.one("insert", "NORMAL", true),
                    latency(ratioAtMost(0.7), NONE)),
            new UnderLoad(
                    "insert-full",
                    "autocommit INSERT of one row, synchronous=FULL, from another JVM / in-process",
                    Load.one("insert", "FULL", true),
                    latency(NONE, NONE)),
            new UnderLoad(
                    "writers-normal",
                    "8 writer JVMs, 1 outstanding each, NORMAL / 8 JVMs on the file itself",
                    Load.many("insert", "NORMAL", 1),
                    throughput(ratioAtLeast(1.3), oursAtMost(100))),
            new UnderLoad(
                    "writers-full-16",
                    "8 writer JVMs, 16 outstanding each, FULL / 8 JVMs on the file itself",
                    Load.many("pipeline", "FULL", 16),
                    throughput(ratioAtLeast(10), NONE)),
            new IdleCase(),
            new AttachCase(),
            new UnderLoad(
                    "scan",
                    "reading all of a million rows, from another JVM / in-process",
                    Load.one("scan", "NORMAL", false).withRowCount(SCAN_ROW_COUNT),
                    rows()),
            new UnderLoad(
                    "batch",
                    "batches of 1000 rows, NORMAL, from another JVM / addBatch and executeBatch in-process",
                    Load.one("batch", "NORMAL", false),
                    rows()),
            new UnderLoad(
                    "transaction",
                    "a transaction of three statements (insert, select, update), NORMAL, from another JVM / in-process",
                    Load.one("transaction", "NORMAL", true),
                    latency(ratioAtMost(1.5), NONE)),
            new NoticeCase("event", "a table update seen by another JVM, after the commit has returned", false, 5),
            new NoticeCase("live", "a live query's new result in another JVM, after the commit has returned", true, 15),
            new CrowdCase(
                    "announce",
                    "INSERT with a client that listens to the table / with one that does not",
                    1,
                    "item",
                    1_000),
            new CrowdCase(
                    "crowd",
                    "INSERT with 50 clients that listen to another table / with 50 that do not",
                    50,
                    "other",
                    1_000),
            new UnderLoad(
                    "jdbc-select",
                    "SELECT of one row by key by JDBC, from another JVM / in-process",
                    Load.one("select", "NORMAL", true).byJdbc(),
                    latency(ratioAtMost(1.0), NONE)),
            new UnderLoad(
                    "jdbc-batch",
                    "addBatch and executeBatch of 1000 rows, NORMAL, from another JVM / in-process",
                    Load.one("batch", "NORMAL", false).byJdbc(),
                    rows()),
            new UnderLoad(
                    "jdbc-scan",
                    "reading all of a million rows by JDBC, from another JVM / in-process",
                    Load.one("scan", "NORMAL", false).byJdbc().withRowCount(SCAN_ROW_COUNT),
                    rows()),
            new UnderLoad(
                    "jdbc-open",
                    "getConnection and one row, when this JVM has a connection already / in-process",
                    Load.one("jdbc-open", "NORMAL", false).withRowCount(1000),
                    milliseconds(5)),
            new UnderLoad(
                    "jdbc-attach",
                    "getConnection and one row, the first one of a JVM that has another database open / in-process",
                    Load.one("jdbc-attach", "NORMAL", false).withRowCount(1000),
                    milliseconds(5)),
            new UnderLoad(
                    "jdbc-create",
                    "getConnection to a new file, whose coordinator starts in the JVM, CREATE TABLE, close / in-process",
                    Load.one("jdbc-create", "NORMAL", false).withRowCount(1),
                    milliseconds(60)));

    private Cases() {}

    static List<BenchCase> all() {
        return ALL;
    }

    /**
     * Finds cases by name.
     *
     * @param names all of them when empty.
     * @throws IllegalArgumentException for an unknown name, with those that there are.
     */
    static List<BenchCase> named(List<String> names) {
        if (names.isEmpty()) {
            return ALL;
        }
        final List<BenchCase> found = new ArrayList<>();
        for (String name : names) {
            found.add(ALL.stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("unknown case '" + name + "'; there are "
                            + String.join(
                                    ", ", ALL.stream().map(BenchCase::name).toList()))));
        }
        return found;
    }

    private static List<Metric> latency(Target p50, Target allocated) {
        return List.of(
                Metric.percentile("p50", 50, p50),
                Metric.percentile("p99", 99, NONE),
                Metric.percentile("p99.9", 99.9, NONE),
                Metric.allocated(allocated),
                Metric.errors(oursAtMost(0)));
    }

    private static List<Metric> rows() {
        return List.of(Metric.rate("rows", ratioAtLeast(0.7)), Metric.errors(oursAtMost(0)));
    }

    private static List<Metric> milliseconds(double most) {
        return List.of(
                Metric.milliseconds("p50", 50, oursAtMost(most)),
                Metric.milliseconds("p99", 99, NONE),
                Metric.errors(oursAtMost(0)));
    }

    private static List<Metric> throughput(Target commits, Target worstWait) {
        return List.of(
                Metric.rate("commits", commits),
                Metric.worstWait(worstWait),
                Metric.errors(oursAtMost(0)),
                Metric.percentile("p50", 50, NONE));
    }
}
