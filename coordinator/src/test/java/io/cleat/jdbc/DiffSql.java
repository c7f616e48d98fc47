// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.util.List;
import java.util.Random;

/**
 * Random SQL over a small schema, with small numbers so that rows collide. Used by one thread.
 */
final class DiffSql {
    static final List<String> SCHEMA = List.of(
            "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE, c DECIMAL(10,2), d, e BLOB CHECK(length(e) < 20))",
            "CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, n VARCHAR(20) NOT NULL DEFAULT 'x',"
                    + " w BOOLEAN, CHECK(length(n) < 12))",
            "CREATE TABLE k(x INT, y TEXT COLLATE NOCASE, z DATETIME, PRIMARY KEY(x, y)) WITHOUT ROWID",
            "CREATE TABLE f(id INTEGER PRIMARY KEY, t REFERENCES t(a),"
                    + " p INTEGER REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TABLE s(v INTEGER, r REAL) STRICT",
            "CREATE VIEW v AS SELECT a, b AS bee FROM t WHERE a > 3",
            "CREATE TRIGGER k13 BEFORE INSERT ON k WHEN new.x = 13 BEGIN SELECT RAISE(ABORT, 'thirteen'); END",
            "CREATE TRIGGER k14 BEFORE INSERT ON k WHEN new.x = 14 BEGIN SELECT RAISE(FAIL, 'fourteen'); END",
            "INSERT INTO t VALUES(1, 'one', 1.5, 1, x'01'), (2, 'two', 2, 'zwei', NULL), (3, 'three', NULL, 3.25, x'')",
            "INSERT INTO p(n, w) VALUES('first', 1), ('second', NULL)");

    /** Sorted by what no index has, so that a change of the table while they are read does not change them. */
    private static final List<String> QUERIES = List.of(
            "SELECT a, b, c, d, e FROM t ORDER BY +a",
            "SELECT * FROM t ORDER BY +c, +a DESC",
            "SELECT * FROM p ORDER BY +n, +id",
            "SELECT * FROM k ORDER BY +x, y || '', +z",
            "SELECT x.a AS q, y.n \"N n\", x.c * 2, f.* FROM t x LEFT JOIN p y ON x.a = y.id LEFT JOIN f ON f.t = x.a"
                    + " ORDER BY +x.a, +y.id, +f.id",
            "SELECT count(*), max(b), sum(a) AS total, group_concat(a) FROM t",
            "SELECT 1 AS one, 2.5, 'x', x'01', NULL, 1577836800000 AS date, '2020-02-29 13:14:15.167'",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7) SELECT i, i * 1.5, 'r' || i FROM n",
            "SELECT d, count(*) FROM t GROUP BY d ORDER BY 2, typeof(d), 1",
            "SELECT * FROM v ORDER BY +a",
            "VALUES(1, 'a'), (2, NULL), (3, x'00')",
            "SELECT v, r, typeof(r) FROM s ORDER BY +v, +r",
            "SELECT a FROM t WHERE 0",
            "SELECT CAST(a AS TEXT) ta, a + 0.0, length(b), b IS NULL, rowid FROM t ORDER BY +a",
            "SELECT * FROM f ORDER BY +id");

    private static final List<String> PREPARED_QUERIES = List.of(
            "SELECT * FROM t WHERE a > ? ORDER BY +a",
            "SELECT ?, typeof(?), ? AS third",
            "SELECT :v, @w, $x, :v",
            "SELECT ?2, typeof(?2), ?1",
            "SELECT b, c FROM t WHERE b = ? OR d = ? ORDER BY +a",
            "SELECT n FROM p WHERE n LIKE ? ORDER BY +id",
            "SELECT y, z FROM k WHERE x = ? AND y = ?");

    private static final List<String> PREPARED_WRITES = List.of(
            "INSERT INTO t(a, b, c, d) VALUES(?, ?, ?, ?)",
            "INSERT INTO t(b, d) VALUES(?, ?)",
            "INSERT INTO t(a, b, e) VALUES(?1, ?2, ?3) ON CONFLICT(a) DO UPDATE SET b = excluded.b, d = ?2",
            "INSERT OR IGNORE INTO t(a, b) VALUES(?, ?)",
            "INSERT INTO p(n, w) VALUES(?, ?)",
            "REPLACE INTO k(x, y, z) VALUES(?, ?, ?)",
            "INSERT INTO k(x, y, z) VALUES(?, ?, ?)",
            "INSERT INTO f(t, p) VALUES(?, ?)",
            "INSERT INTO s VALUES(?, ?)",
            "UPDATE t SET d = ?, c = ? WHERE a < ?",
            "UPDATE t SET b = ? WHERE a = ?",
            "UPDATE p SET n = ? WHERE id = ?",
            "DELETE FROM t WHERE a = ?",
            "DELETE FROM k WHERE x > ? AND y <> ?");

    private static final List<String> RETURNING = List.of(
            "INSERT INTO t(a, d) VALUES(?, ?) RETURNING a, b, d AS dee",
            "UPDATE t SET d = ? WHERE a < ? RETURNING a, d",
            "DELETE FROM k WHERE x = ? RETURNING *",
            "INSERT INTO p(n) VALUES(?) RETURNING id, n || '!'");

    private static final List<String> WRONG = List.of(
            "SELEC 1",
            "SELECT * FROM nowhere",
            "SELECT nothing FROM t",
            "INSERT INTO t(a, b) VALUES(1)",
            "INSERT INTO nowhere VALUES(1)",
            "UPDATE t SET nothing = 1",
            "SELECT nofunction(1)",
            "SELECT count(*, 1) FROM t",
            "SELECT 'open",
            "",
            "  -- nothing\n",
            "SELECT abs(-9223372036854775808)",
            "SELECT json('{')",
            "INSERT INTO v VALUES(1, 2)",
            "CREATE TABLE t(a)",
            "CREATE INDEX i ON t(nothing)",
            "DROP TABLE nowhere",
            "DROP VIEW t",
            "SELECT 1 FROM t GROUP BY",
            "SELECT a, b FROM t UNION SELECT a FROM t",
            "INSERT INTO t(e) VALUES(zeroblob(30))",
            "RELEASE nowhere",
            "SELECT \"no\"\"where\".a FROM t",
            "SELECT zeroblob(3000000000)");

    private static final List<String> DDL = List.of(
            "CREATE TABLE n1(a INT, b TEXT)",
            "CREATE TABLE IF NOT EXISTS n1(a INT, b TEXT)",
            "DROP TABLE IF EXISTS n1",
            "DROP TABLE n1",
            "CREATE INDEX i1 ON t(d, c)",
            "DROP INDEX IF EXISTS i1",
            "ALTER TABLE t ADD COLUMN g TEXT DEFAULT 'new'",
            "ALTER TABLE t DROP COLUMN g",
            "ALTER TABLE n1 RENAME TO n2",
            "DROP TABLE IF EXISTS n2",
            "ALTER TABLE s RENAME COLUMN r TO rr",
            "ALTER TABLE s RENAME COLUMN rr TO r",
            "CREATE TABLE n1 AS SELECT a, b FROM t",
            "DROP VIEW v",
            "CREATE VIEW v AS SELECT a, b AS bee FROM t WHERE a > 1");

    private static final List<String> LITERALS = List.of(
            "NULL", "0", "1", "2", "3", "5", "13", "14", "3.25", "-7", "'a'", "'one'", "'A'", "'12'", "''", "x'00ff'");

    private final Random random;

    DiffSql(Random random) {
        this.random = random;
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    String literal() {
        return one(LITERALS);
    }

    String query() {
        return one(QUERIES);
    }

    String preparedQuery() {
        return random.nextInt(3) == 0 ? query() : one(PREPARED_QUERIES);
    }

    String preparedWrite() {
        return one(PREPARED_WRITES);
    }

    String returning() {
        return one(RETURNING);
    }

    String wrong() {
        return one(WRONG);
    }

    String ddl() {
        return one(DDL);
    }

    /** A statement that writes, with its values in the text. */
    String write() {
        return filled(preparedWrite());
    }

    /** A statement that writes and gives rows, with its values in the text. */
    String filledReturning() {
        return filled(returning());
    }

    private String filled(String sql) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < sql.length(); i++) {
            if (sql.charAt(i) != '?') {
                text.append(sql.charAt(i));
                continue;
            }
            text.append(literal());
            if (i + 1 < sql.length() && Character.isDigit(sql.charAt(i + 1))) {
                i++;
            }
        }
        return text.toString();
    }
}
