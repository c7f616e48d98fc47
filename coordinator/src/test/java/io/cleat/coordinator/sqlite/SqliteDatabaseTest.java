// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SqliteDatabaseTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain.db",
                "a b.db",
                "50%.db",
                "%41.db",
                "what?mode=ro.db",
                "a#b.db",
                "gr\u00fc\u00df.db",
                "a&b=c.db"
            })
    void shouldOpenThePathAsItIs(String name) throws IOException {
        Path inner = Files.createDirectory(folder.resolve("x y"));
        Path file = inner.resolve(name);
        for (int round = 0; round < 2; round++) {
            try (SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(file))) {
                database.writer().exec("CREATE TABLE IF NOT EXISTS t(a)");
                database.writer().exec("INSERT INTO t VALUES(1)");
                assertThat(database.path()).isEqualTo(file);
            }
        }
        assertThat(inner.toFile().list()).as("the log is gone too").containsExactly(name);
    }

    @Test
    void shouldSayWhatIsWrongWithThePath() throws IOException {
        assertFails(folder.resolve("no/where.db"), 14, "its folder does not exist");
        assertFails(folder, 14, "it is a folder");
        Path text = Files.writeString(folder.resolve("text.db"), "not a database, but long enough ".repeat(100));
        assertFails(text, 26, "it is not an SQLite database, or it is encrypted: file is not a database");
        assertThat(Files.readString(text)).startsWith("not a database, but");
    }

    private static void assertFails(Path path, int code, String why) {
        assertThatThrownBy(() -> SqliteDatabase.open(SqliteSettings.of(path)))
                .hasMessageContaining("cannot open " + path.toAbsolutePath() + ": " + why)
                .isInstanceOfSatisfying(
                        SqliteException.class, e -> assertThat(e.primaryCode()).isEqualTo(code));
    }

    @Test
    void shouldGiveReadersSnapshotsAndNoWrites() {
        try (SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(folder.resolve("t.db")))) {
            SqliteConnection writer = database.writer();
            writer.exec("CREATE TABLE t(a)");
            SqliteConnection reader = database.openReader();
            writer.beginImmediate();
            writer.exec("INSERT INTO t VALUES(1)");
            assertThat(Rows.of(reader, "SELECT count(*) FROM t")).containsExactly("0");
            reader.beginSnapshot();
            assertThat(Rows.of(reader, "SELECT count(*) FROM t")).containsExactly("0");
            writer.commit();
            assertThat(Rows.of(reader, "SELECT count(*) FROM t")).containsExactly("0");
            CheckpointResult held = database.checkpoint(CheckpointMode.PASSIVE);
            assertThat(held.complete()).as("%s", held).isFalse();
            reader.commit();
            assertThat(Rows.of(reader, "SELECT count(*) FROM t")).containsExactly("1");
            assertThatThrownBy(() -> reader.exec("DELETE FROM t"))
                    .hasMessage("[SQLITE_READONLY] attempt to write a readonly database");
            assertThat(database.checkpoint(CheckpointMode.PASSIVE).complete()).isTrue();
            assertThat(database.walBytes()).isPositive();
            assertThat(database.checkpoint(CheckpointMode.TRUNCATE).complete()).isTrue();
            assertThat(database.walBytes()).isZero();
        }
    }

    @Test
    void shouldOwnTheFileUntilClosed() throws IOException, InterruptedException {
        Path file = folder.resolve("t.db");
        SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(file));
        database.writer().exec("CREATE TABLE t(a)");
        SqliteConnection left = database.openReader();
        left.exec("SELECT 1");
        if (database.isExclusive()) {
            assertThat(otherProcess(file))
                    .contains("[SQLITE_BUSY] cannot open " + file
                            + ": another process has it open (busyTimeoutMs=50): database is locked");
        }
        database.close();
        database.close();
        assertThat(left.isClosed()).isTrue();
        assertThat(otherProcess(file)).contains("opened");
    }

    private static String otherProcess(Path file) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SqliteDatabaseTest.class.getName(),
                        file.toString()))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    /** The other process: says whether it can open the file. */
    public static void main(String[] arguments) {
        SqliteSettings settings = SqliteSettings.of(Path.of(arguments[0])).busyTimeoutMs(50);
        try (SqliteDatabase database = SqliteDatabase.open(settings)) {
            System.out.println("opened " + database.path());
        } catch (SqliteException e) {
            System.out.println(e.getMessage());
        }
    }

    @Test
    void shouldCloseWhatIsLeftOpen() {
        Path file = folder.resolve("t.db");
        SqliteDatabase database = SqliteDatabase.open(SqliteSettings.of(file));
        SqliteConnection writer = database.writer();
        writer.exec("CREATE TABLE t(a)");
        writer.exec("INSERT INTO t VALUES(1), (2)");
        writer.beginImmediate();
        writer.exec("INSERT INTO t VALUES(3)");
        assertThat(writer.prepare("SELECT a FROM t").step()).isTrue();
        assertThat(database.openReader().prepare("SELECT a FROM t").step()).isTrue();
        database.close();
        assertThat(database.walBytes()).isZero();
        assertThatThrownBy(database::openReader).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> database.checkpoint(CheckpointMode.PASSIVE)).isInstanceOf(IllegalStateException.class);
        try (SqliteDatabase again = SqliteDatabase.open(SqliteSettings.of(file))) {
            assertThat(Rows.of(again.writer(), "SELECT a FROM t")).containsExactly("1", "2");
        }
    }

    @Test
    void shouldApplySettings() {
        SqliteSettings settings = SqliteSettings.of(folder.resolve("t.db"))
                .synchronous(Synchronous.NORMAL)
                .foreignKeys(true)
                .cacheKib(1000)
                .mmapBytes(1 << 20)
                .walLimitBytes(12345);
        try (SqliteDatabase database = SqliteDatabase.open(settings)) {
            SqliteConnection writer = database.writer();
            assertThat(writer.queryLong("PRAGMA synchronous")).isEqualTo(1);
            assertThat(writer.queryLong("PRAGMA foreign_keys")).isEqualTo(1);
            assertThat(writer.queryLong("PRAGMA cache_size")).isEqualTo(-1000);
            assertThat(writer.queryLong("PRAGMA mmap_size")).isEqualTo(1 << 20);
            assertThat(writer.queryLong("PRAGMA journal_size_limit")).isEqualTo(12345);
            assertThat(writer.queryLong("PRAGMA wal_autocheckpoint")).isZero();
            assertThat(writer.queryLong("PRAGMA temp_store")).isEqualTo(2);
            assertThat(database.sqliteVersion()).startsWith("3.");
        }
        assertThatThrownBy(() -> SqliteSettings.of(folder).cachedStatements(0))
                .hasMessage("cachedStatements=0 is outside 1 to 100000");
    }

    @Test
    void shouldFindNoexecInTheMountThatHoldsTheFolder() {
        List<String> mounts = List.of("/dev/a / ext4 rw 0 0", "tmpfs /tmp tmpfs rw,nosuid,noexec 0 0");
        assertThat(NativeLibrary.isNoexec(Path.of("/tmp/x"), mounts)).isTrue();
        assertThat(NativeLibrary.isNoexec(Path.of("/tmpx"), mounts)).isFalse();
    }

    @Test
    void shouldNameTheFolderWhenTheLibraryCannotBeUnpacked() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.sqlite.tmpdir=/nowhere/at/all",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SqliteDatabaseTest.class.getName(),
                        folder.resolve("t.db").toString()))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("folder=/nowhere/at/all: the folder does not exist", "-Dorg.sqlite.tmpdir=FOLDER");
    }
}
