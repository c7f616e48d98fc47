// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values through the door and through plain JDBC are the same. */
final class SqliteValuesTest {
    private static final String TELL =
            "SELECT typeof(v), hex(CAST(v AS BLOB)), length(CAST(v AS BLOB)), v FROM t ORDER BY id";

    @TempDir
    Path folder;

    @Test
    void shouldKeepTheEdgesOfEveryStorageClass() {
        try (SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("edges.db")));
                SqliteStatement echo = database.writer().prepare("SELECT ?1, typeof(?1), hex(?1)")) {
            for (long value : new long[] {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE}) {
                echo.bindLong(0, value);
                assertThat(echo.step()).isTrue();
                assertThat(echo.columnType(0)).isEqualTo(StorageClass.INTEGER);
                assertThat(echo.columnLong(0)).isEqualTo(value);
                echo.reset();
            }
            double[] doubles = {-0.0, Double.MIN_VALUE, Double.MAX_VALUE, 1 / 0.0, -1 / 0.0, 0.1, Math.PI};
            for (double value : doubles) {
                echo.bindDouble(0, value);
                assertThat(echo.step()).isTrue();
                assertThat(echo.columnType(0)).isEqualTo(StorageClass.REAL);
                assertThat(Double.doubleToRawLongBits(echo.columnDouble(0)))
                        .isEqualTo(Double.doubleToRawLongBits(value));
                echo.reset();
            }
            echo.bindDouble(0, Double.NaN);
            assertThat(echo.step()).isTrue();
            assertThat(echo.columnType(0)).as("NaN").isEqualTo(StorageClass.NULL);
            echo.reset();
            for (String text : List.of("", "a", "a\0b\0", "\0", "gr\u00fc\u00df \u65e5\u672c \ud83d\ude00")) {
                echo.bindText(0, Rows.utf8(text));
                assertThat(echo.step()).isTrue();
                assertThat(echo.columnType(0)).isEqualTo(StorageClass.TEXT);
                assertThat(echo.columnText(0)).isEqualTo(Rows.utf8(text));
                echo.reset();
            }
            for (byte[] blob : new byte[][] {{}, {0}, {1, 0, -1}, new byte[100_000]}) {
                echo.bindBlob(0, blob);
                assertThat(echo.step()).isTrue();
                assertThat(echo.columnType(0)).isEqualTo(StorageClass.BLOB);
                assertThat(echo.columnBlob(0)).isEqualTo(blob);
                echo.reset();
            }
            echo.bindNull(0);
            assertThat(echo.step()).isTrue();
            assertThat(echo.columnType(0)).isEqualTo(StorageClass.NULL);
        }
    }

    @Test
    void shouldStoreWhatPlainJdbcStoresWhenValuesAreRandom() throws SQLException {
        long seed = System.nanoTime();
        System.out.println("SqliteValuesTest seed=" + seed);
        Random random = new Random(seed);
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            values.add(randomValue(random));
        }
        List<String> ours = storeOurs(values);
        assertThat(ours).as("seed=%d", seed).isEqualTo(storePlain(values));
    }

    @Test
    void shouldGiveUtf8WhenTheFileIsUtf16() throws SQLException {
        Path file = folder.resolve("utf16.db");
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = plain.createStatement()) {
            statement.execute("PRAGMA encoding='UTF-16le'");
            statement.execute("CREATE TABLE t(v)");
            statement.execute("INSERT INTO t VALUES('gr\u00fc\u00df \ud83d\ude00'), (x'c3bc00'), ('')");
        }
        try (SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(file))) {
            try (SqliteStatement insert = database.writer().prepare("INSERT INTO t VALUES(?)")) {
                insert.bindText(0, Rows.utf8("\u65e5\0b"));
                insert.run();
            }
            assertThat(Rows.of(database.writer(), "SELECT v FROM t WHERE typeof(v) = 'text'"))
                    .containsExactly("gr\u00fc\u00df \ud83d\ude00", "", "\u65e5\0b");
            try (SqliteStatement blob = database.writer().prepare("SELECT v FROM t WHERE typeof(v) = 'blob'")) {
                assertThat(blob.step()).isTrue();
                assertThat(blob.columnBlob(0)).isEqualTo(new byte[] {(byte) 0xc3, (byte) 0xbc, 0});
            }
        }
    }

    private List<String> storeOurs(List<@Nullable Object> values) {
        List<String> told = new ArrayList<>();
        try (SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("ours.db")))) {
            SqliteConnection writer = database.writer();
            writer.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
            writer.beginImmediate();
            try (SqliteStatement insert = writer.prepare("INSERT INTO t(v) VALUES(?)")) {
                for (Object value : values) {
                    bind(insert, value);
                    insert.run();
                    insert.reset();
                }
            }
            writer.commit();
            try (SqliteStatement tell = writer.prepare(TELL)) {
                while (tell.step()) {
                    told.add(text(tell, 0) + " " + text(tell, 1) + " " + tell.columnLong(2) + " " + value(tell));
                }
            }
        }
        return told;
    }

    private static String value(SqliteStatement row) {
        return switch (row.columnType(3)) {
            case StorageClass.INTEGER -> "i" + row.columnLong(3);
            case StorageClass.REAL -> "d" + row.columnDouble(3);
            case StorageClass.TEXT -> "t" + HexFormat.of().formatHex(row.columnText(3));
            case StorageClass.BLOB -> "b" + HexFormat.of().formatHex(row.columnBlob(3));
            default -> "null";
        };
    }

    private static void bind(SqliteStatement statement, @Nullable Object value) {
        if (value instanceof Long number) {
            statement.bindLong(0, number);
        } else if (value instanceof Double number) {
            statement.bindDouble(0, number);
        } else if (value instanceof String text) {
            statement.bindText(0, Rows.utf8(text));
        } else if (value instanceof byte[] bytes) {
            statement.bindBlob(0, bytes);
        } else {
            statement.bindNull(0);
        }
    }

    private static String text(SqliteStatement row, int column) {
        return new String(row.columnText(column), StandardCharsets.UTF_8);
    }

    private List<String> storePlain(List<@Nullable Object> values) throws SQLException {
        List<String> told = new ArrayList<>();
        try (Connection plain = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("plain.db"));
                Statement statement = plain.createStatement()) {
            statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
            statement.execute("BEGIN");
            try (PreparedStatement insert = plain.prepareStatement("INSERT INTO t(v) VALUES(?)")) {
                for (Object value : values) {
                    insert.setObject(1, value);
                    insert.executeUpdate();
                }
            }
            statement.execute("COMMIT");
            try (ResultSet tell = statement.executeQuery(TELL)) {
                while (tell.next()) {
                    String type = tell.getString(1);
                    told.add(type + " " + tell.getString(2) + " " + tell.getLong(3) + " " + value(type, tell));
                }
            }
        }
        return told;
    }

    private static String value(String type, ResultSet row) throws SQLException {
        return switch (type) {
            case "integer" -> "i" + row.getLong(4);
            case "real" -> "d" + row.getDouble(4);
            case "text" -> "t" + HexFormat.of().formatHex(Rows.utf8(row.getString(4)));
            case "blob" -> "b" + HexFormat.of().formatHex(row.getBytes(4));
            default -> "null";
        };
    }

    private static @Nullable Object randomValue(Random random) {
        switch (random.nextInt(5)) {
            case 0 -> {
                return random.nextLong() >> random.nextInt(64);
            }
            case 1 -> {
                return Double.longBitsToDouble(random.nextLong());
            }
            case 2 -> {
                StringBuilder text = new StringBuilder();
                int length = random.nextInt(40);
                for (int i = 0; i < length; i++) {
                    text.appendCodePoint(randomCodePoint(random));
                }
                return text.toString();
            }
            case 3 -> {
                byte[] blob = new byte[random.nextInt(40)];
                random.nextBytes(blob);
                return blob;
            }
            default -> {
                return null;
            }
        }
    }

    private static int randomCodePoint(Random random) {
        int codePoint = random.nextInt(1 << (1 + random.nextInt(20)));
        return codePoint >= 0xd800 && codePoint < 0xe000 ? 'x' : codePoint;
    }
}
