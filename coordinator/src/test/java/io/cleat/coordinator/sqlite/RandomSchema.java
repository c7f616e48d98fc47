// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Makes up schemas and statements that stumble over each other: triggers, foreign keys, conflicts, views, full text. Many statements
 * fail, as they should. One thread.
 */
final class RandomSchema {
    private static final List<String> ACTIONS = List.of("CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION", "RESTRICT");
    private static final List<String> ON_CONFLICT =
            List.of("", "", "", " OR REPLACE", " OR IGNORE", " OR FAIL", " OR ABORT", " OR ROLLBACK");
    private static final List<String> EVENTS = List.of("INSERT", "UPDATE", "UPDATE OF a", "DELETE");

    private final Random random;
    private final List<String> tables = new ArrayList<>();
    private final List<String> views = new ArrayList<>();

    RandomSchema(Random random) {
        this.random = random;
    }

    /** Statements that make a schema; a few may fail. */
    List<String> create() {
        List<String> ddl = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String name = "t" + i;
            ddl.add("CREATE TABLE " + name + table());
            tables.add(name);
        }
        for (int i = 0; i < 4; i++) {
            ddl.add("CREATE " + (random.nextInt(3) == 0 ? "UNIQUE " : "") + "INDEX i" + i + " ON " + one(tables) + "("
                    + column() + (random.nextBoolean() ? "" : ", " + column() + " DESC") + ")"
                    + (random.nextInt(3) == 0 ? " WHERE a > 2" : ""));
        }
        ddl.add("CREATE VIRTUAL TABLE f0 USING fts5(a, b)");
        ddl.add("CREATE VIRTUAL TABLE f1 USING fts5(a, b, content='" + one(tables) + "')");
        for (int i = 0; i < 3; i++) {
            ddl.add("CREATE VIEW v" + i + " AS " + select(views.isEmpty() || random.nextBoolean()));
            views.add("v" + i);
        }
        for (String view : views) {
            for (String event : List.of("INSERT", "UPDATE", "DELETE")) {
                ddl.add("CREATE TRIGGER " + view + event + " INSTEAD OF " + event + " ON " + view + " BEGIN "
                        + body(event) + " END");
            }
        }
        int triggers = random.nextInt(7);
        for (int i = 0; i < triggers; i++) {
            String event = one(EVENTS);
            ddl.add("CREATE TRIGGER r" + i + (random.nextBoolean() ? " AFTER " : " BEFORE ") + event + " ON "
                    + one(tables) + (random.nextInt(3) == 0 ? " WHEN " + number() + " < " + number() : "") + " BEGIN "
                    + body(event) + " END");
        }
        return ddl;
    }

    private String table() {
        boolean withoutRowId = random.nextInt(4) == 0;
        String key = withoutRowId
                ? "k PRIMARY KEY"
                : one(List.of(
                        "k INTEGER PRIMARY KEY",
                        "k INTEGER PRIMARY KEY",
                        "k INTEGER PRIMARY KEY AUTOINCREMENT",
                        "k UNIQUE",
                        "k",
                        "k UNIQUE ON CONFLICT REPLACE",
                        "k INTEGER PRIMARY KEY ON CONFLICT REPLACE"));
        String a = one(List.of("a", "a UNIQUE", "a DEFAULT 1", "a CHECK (a < 6)", "a UNIQUE ON CONFLICT REPLACE"));
        String b = tables.isEmpty() || random.nextInt(3) == 0
                ? "b DEFAULT 2"
                : "b DEFAULT 1 REFERENCES " + one(tables) + "(" + one(List.of("k", "k", "a")) + ") ON DELETE "
                        + one(ACTIONS) + " ON UPDATE " + one(ACTIONS)
                        + (random.nextBoolean() ? " DEFERRABLE INITIALLY DEFERRED" : "");
        return "(" + key + ", " + a + ", " + b + ")" + (withoutRowId ? " WITHOUT ROWID" : "");
    }

    private String body(String event) {
        StringBuilder body = new StringBuilder();
        String row = event.equals("DELETE") ? "old" : "new";
        for (int i = random.nextInt(2); i >= 0; i--) {
            String table = one(tables);
            String statement =
                    switch (random.nextInt(7)) {
                        case 0, 1 ->
                            "INSERT" + one(ON_CONFLICT) + " INTO " + table + "(k, a, b) VALUES(" + row + ".a, "
                                    + number() + ", " + row + ".b)";
                        case 2 ->
                            "UPDATE" + one(ON_CONFLICT) + " " + table + " SET b = " + row + ".a WHERE a = " + number();
                        case 3 -> "DELETE FROM " + table + " WHERE a = " + row + ".b";
                        case 4 ->
                            "SELECT RAISE(" + one(List.of("IGNORE", "ABORT, 'x'", "FAIL, 'x'", "ROLLBACK, 'x'"))
                                    + ") WHERE " + row + ".a = " + number();
                        case 5 -> "INSERT INTO f0 VALUES(" + row + ".a, " + row + ".b)";
                        default ->
                            "INSERT INTO " + table + " SELECT * FROM " + one(tables) + " WHERE k = " + row + ".b";
                    };
            body.append(statement).append("; ");
        }
        return body.toString();
    }

    /** A statement that may change rows. */
    String write() {
        String table = random.nextInt(6) == 0 ? one(views) : one(tables);
        return switch (random.nextInt(17)) {
            case 0, 1, 2 ->
                "INSERT" + one(ON_CONFLICT) + " INTO " + table + "(k, a, b) VALUES" + values() + ", " + values();
            case 3 -> "REPLACE INTO " + table + "(a, b) VALUES(" + number() + ", " + number() + ")";
            case 4 ->
                "INSERT INTO " + table + "(k, a, b) VALUES" + values() + " ON CONFLICT DO UPDATE SET a = " + number()
                        + ", k = k + " + random.nextInt(2);
            case 5 -> "INSERT" + one(ON_CONFLICT) + " INTO " + table + " SELECT * FROM " + one(tables);
            case 6 -> "UPDATE" + one(ON_CONFLICT) + " " + table + " SET k = k + 1 WHERE a > " + number();
            case 7 ->
                "UPDATE" + one(ON_CONFLICT) + " " + table + " SET a = " + number() + ", b = " + number() + " WHERE k = "
                        + number();
            case 8 ->
                "WITH x AS (SELECT a FROM " + one(tables) + ") UPDATE " + table + " SET b = " + number()
                        + " WHERE a IN x";
            case 9 -> "UPDATE " + table + " SET b = o.a FROM " + one(tables) + " AS o WHERE o.k = " + table + ".k";
            case 10 -> "DELETE FROM " + table;
            case 11, 12 -> "DELETE FROM " + table + " WHERE k = " + number();
            case 13 -> "INSERT INTO " + one(List.of("f0", "f1")) + " VALUES(" + number() + ", 'x y')";
            case 14 -> "DELETE FROM f0 WHERE rowid = " + number();
            case 15 -> "UPDATE f0 SET a = " + number();
            default ->
                "INSERT INTO " + table + "(a) SELECT a FROM " + one(tables) + " WHERE b = " + number() + " RETURNING *";
        };
    }

    /** A statement that changes the schema, or what belongs to it. */
    String define() {
        String table = one(tables);
        return switch (random.nextInt(8)) {
            case 0 -> "ANALYZE";
            case 1 -> "CREATE INDEX IF NOT EXISTS j" + number() + " ON " + table + "(b)";
            case 2 -> "ALTER TABLE " + table + " ADD COLUMN c" + number();
            case 3 -> "ALTER TABLE " + table + " RENAME TO " + one(List.of("t7", "t8", table));
            case 4 -> "DROP TABLE " + table;
            case 5 -> "CREATE TABLE " + table + " AS SELECT * FROM " + one(tables);
            case 6 -> "VACUUM";
            default -> "CREATE TABLE IF NOT EXISTS " + table + table();
        };
    }

    /** A statement that reads. */
    String select(boolean ofTablesOnly) {
        List<String> sources = new ArrayList<>(tables);
        if (!ofTablesOnly) {
            sources.addAll(views);
        }
        String one = one(sources);
        String other = one(sources);
        return switch (random.nextInt(8)) {
            case 0, 1 -> "SELECT * FROM " + one;
            case 2 -> "SELECT k, a, b FROM " + one + " WHERE a > " + number();
            case 3 -> "SELECT x.k, y.a, x.b FROM " + one + " x JOIN " + other + " y ON x.a = y.b";
            case 4 -> "SELECT k, a, (SELECT count(*) FROM " + other + ") AS b FROM " + one;
            case 5 -> "SELECT min(k) AS k, max(a) AS a, b FROM " + one + " GROUP BY b";
            case 6 -> "SELECT k, a, b FROM " + one + " WHERE k IN (SELECT b FROM " + other + ")";
            default -> "SELECT k, a, b FROM " + one + " UNION SELECT a, b, k FROM " + other;
        };
    }

    /** Statements whose results are watched. */
    List<String> reads() {
        List<String> reads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            reads.add(select(false));
        }
        tables.forEach(table -> reads.add("SELECT count(*), max(a) FROM " + table));
        reads.add("SELECT * FROM f0");
        reads.add("SELECT * FROM f1");
        reads.add("SELECT * FROM f0 WHERE f0 MATCH 'x OR 1'");
        reads.add("SELECT * FROM f1 WHERE f1 MATCH 'x OR 1 OR 2'");
        reads.add("SELECT type, name, sql FROM sqlite_schema");
        return reads;
    }

    private String values() {
        return "(" + number() + ", " + number() + ", " + number() + ")";
    }

    private String column() {
        return one(List.of("k", "a", "b"));
    }

    private int number() {
        return random.nextInt(7);
    }

    private String one(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }
}
