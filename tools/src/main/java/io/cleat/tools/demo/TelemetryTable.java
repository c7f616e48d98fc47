// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

/** The tables of the demo. Thread-safe: constants. */
final class TelemetryTable {
    /** The name by which everybody finds the database. */
    static final String DATABASE = "telemetry";

    /** Made by whichever writer comes first. */
    static final String SCHEMA = """
            CREATE TABLE IF NOT EXISTS source(
              name         TEXT PRIMARY KEY,
              pid          INTEGER NOT NULL);
            CREATE TABLE IF NOT EXISTS sample(
              id           INTEGER PRIMARY KEY,
              source       TEXT NOT NULL,
              sequence     INTEGER NOT NULL,
              written_ns   INTEGER NOT NULL,
              heap_bytes   INTEGER NOT NULL,
              gc_count     INTEGER NOT NULL,
              gc_ms        INTEGER NOT NULL,
              threads      INTEGER NOT NULL,
              cpu_percent  REAL,
              rss_kb       INTEGER,
              machine_cpu  REAL,
              machine_load REAL);
            """;

    /** Who writes. */
    static final String INSERT_SOURCE = "INSERT INTO source(name, pid) VALUES (?, ?)";

    /** One sample. */
    static final String INSERT_SAMPLE = """
            INSERT INTO sample(source, sequence, written_ns, heap_bytes, gc_count, gc_ms, threads,
                               cpu_percent, rss_kb, machine_cpu, machine_load)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    /** What is new since the last row seen. */
    static final String SELECT_NEW = """
            SELECT id, source, written_ns, heap_bytes, gc_count, threads, cpu_percent, rss_kb, machine_cpu, machine_load
            FROM sample WHERE id > ? ORDER BY id LIMIT ?""";

    /** The row written last; its live query tells that there is something new. */
    static final String SELECT_NEWEST = "SELECT max(id) FROM sample";

    /** Who writes, with the process. */
    static final String SELECT_SOURCES = "SELECT name, pid FROM source";

    /** The rows of one source, and what {@link #checksum} gives for those that were acknowledged. */
    static final String SELECT_HELD = """
            SELECT count(*), coalesce(max(sequence), 0), count(DISTINCT sequence),
                   coalesce(sum(iif(sequence <= ?2,
                     sequence + written_ns % 1000003 + heap_bytes + gc_count + gc_ms + threads + coalesce(rss_kb, 0), 0)), 0)
            FROM sample WHERE source = ?1""";

    private TelemetryTable() {}

    /**
     * The share of one row in the checksum of its writer; {@link #SELECT_HELD} computes the same from the file.
     *
     * @param sequence of the row.
     * @param writtenNs of the row.
     * @param figures of the row.
     * @return added to that of the rows before.
     */
    static long checksum(long sequence, long writtenNs, Figures figures) {
        return sequence
                + writtenNs % 1_000_003
                + figures.heapBytes()
                + figures.gcCount()
                + figures.gcMs()
                + figures.threads()
                + Math.max(0, figures.rssKb());
    }
}
