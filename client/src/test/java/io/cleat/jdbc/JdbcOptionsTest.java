// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cleat.Hosting;
import io.cleat.nameserver.DatabaseName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** URLs and options. */
@Timeout(30)
final class JdbcOptionsTest {
    @TempDir
    Path folder;

    private static JdbcOptions options(String url) throws SQLException {
        return JdbcOptions.of(url, new Properties());
    }

    @Test
    void shouldReadNameAndOptionsWhenTheUrlNamesADatabase() throws SQLException {
        final JdbcOptions options = options(
                "jdbc:cleat:orders?directory=/dev/shm/a%20b&busy_timeout=250&queryTimeout=2s"
                        + "&fetchSize=10&transaction_mode=immediate&date_class=text&readOnly=true&hosting=in_its_own_jvm");
        assertThat(options.name()).isEqualTo("orders");
        assertThat(options.file()).isNull();
        assertThat(options.directory()).isEqualTo(Path.of("/dev/shm/a b"));
        assertThat(options.busyTimeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(options.queryTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.fetchSize()).isEqualTo(10);
        assertThat(options.transactionMode()).isEqualTo(JdbcOptions.TransactionMode.IMMEDIATE);
        assertThat(options.dateClass()).isEqualTo(JdbcOptions.DateClass.TEXT);
        assertThat(options.isReadOnly()).isTrue();
        assertThat(options.hosting()).isEqualTo(Hosting.IN_ITS_OWN_JVM);
    }

    @Test
    void shouldHaveTheDefaultsOfSqliteJdbcWhenNothingIsAsked() throws SQLException {
        final JdbcOptions options = options("jdbc:cleat:sqlite:orders");
        assertThat(options.name()).isEqualTo("orders");
        assertThat(options.busyTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(options.transactionMode()).isEqualTo(JdbcOptions.TransactionMode.DEFERRED);
        assertThat(options.dateClass()).isEqualTo(JdbcOptions.DateClass.INTEGER);
        assertThat(options.datePrecision()).isEqualTo(JdbcOptions.DatePrecision.MILLISECONDS);
        assertThat(options.dateStringFormat()).isEqualTo("yyyy-MM-dd HH:mm:ss.SSS");
        assertThat(options.isReadOnly()).isFalse();
        assertThat(options.pragmas()).isEmpty();
    }

    @Test
    void shouldLetPropertiesWinAndIgnoreTheUserWhenBothHaveAnOption() throws SQLException {
        final Properties properties = new Properties();
        properties.setProperty("foreign_keys", "true");
        properties.setProperty("user", "me");
        properties.setProperty("password", "secret");
        final JdbcOptions options =
                JdbcOptions.of("jdbc:cleat:orders?foreign_keys=false&CLIENTNAME=first&clientName=second", properties);
        assertThat(options.pragmas()).containsExactly(Map.entry("foreign_keys", "true"));
        assertThat(options.clientName()).isEqualTo("first");
    }

    @Test
    void shouldListTheKnownOptionsWhenOneIsUnknown() {
        assertThatThrownBy(() -> options("jdbc:cleat:orders?colour=red"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("unknown option 'colour'")
                .hasMessageContaining("directory, file, hosting")
                .hasMessageContaining("foreign_keys");
        final Properties properties = new Properties();
        properties.setProperty("colour", "red");
        assertThatThrownBy(() -> JdbcOptions.of("jdbc:cleat:orders", properties))
                .hasMessageContaining("unknown option 'colour'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:cleat:",
                "jdbc:cleat:No Name",
                "jdbc:cleat:names.dat",
                "jdbc:cleat:file:",
                "jdbc:cleat:orders?directory",
                "jdbc:cleat:orders?directory=%zz",
                "jdbc:cleat:orders?directory=%4",
                "jdbc:cleat:orders?busy_timeout=soon",
                "jdbc:cleat:orders?busy_timeout=5h",
                "jdbc:cleat:orders?fetchSize=-1",
                "jdbc:cleat:orders?readOnly=perhaps",
                "jdbc:cleat:orders?transaction_mode=LATER",
                "jdbc:cleat:orders?date_class=BLOB",
                "jdbc:cleat:orders?foreign_keys=1;DROP",
                "jdbc:cleat:orders?linger=x",
            })
    void shouldSayWhatIsWrongWhenAUrlIsNotUnderstood(String url) {
        assertThatThrownBy(() -> options(url)).isInstanceOf(SQLException.class).hasMessageContaining(url);
    }

    @Test
    void shouldNameAFileTheSameHoweverItsPathIsSpelled() throws SQLException, IOException {
        final Path file = Files.createDirectories(folder.resolve("My Data")).resolve("App (1).DB");
        final JdbcOptions plain = options("jdbc:cleat:file:" + file);
        final JdbcOptions encoded =
                options("jdbc:cleat:file://" + file.toString().replace(" ", "%20") + "?fetchSize=1");
        final JdbcOptions around =
                options("jdbc:cleat:sqlite:file:" + folder.resolve("My Data/../My Data/./App (1).DB"));
        final Path link = Files.createSymbolicLink(folder.resolve("link"), file.getParent());
        final JdbcOptions linked = options("jdbc:cleat:file:" + link.resolve("App (1).DB"));
        assertThat(plain.name()).startsWith("app--1-.db-");
        assertThat(DatabaseName.isValid(plain.name())).isTrue();
        assertThat(plain.file())
                .isEqualTo(folder.toRealPath().resolve("My Data").resolve("App (1).DB"));
        assertThat(encoded.name()).isEqualTo(plain.name());
        assertThat(around.name()).isEqualTo(plain.name());
        assertThat(linked.name()).isEqualTo(plain.name());
    }

    @Test
    void shouldNameFilesApartWhenTheirPathsDiffer() throws SQLException {
        assertThat(options("jdbc:cleat:file:" + folder.resolve("a/x.db")).name())
                .isNotEqualTo(
                        options("jdbc:cleat:file:" + folder.resolve("b/x.db")).name());
        final String longName = "ä".repeat(10) + "x".repeat(200);
        assertThat(DatabaseName.isValid(
                        options("jdbc:cleat:file:/tmp/" + longName).name()))
                .isTrue();
        assertThat(DatabaseName.isValid(options("jdbc:cleat:file:/tmp/äöü").name()))
                .isTrue();
    }

    @Test
    void shouldDescribeEveryOptionWhenAToolAsks() throws SQLException {
        final CleatDriver driver = new CleatDriver();
        final DriverPropertyInfo[] infos = driver.getPropertyInfo("jdbc:cleat:orders?fetchSize=7", new Properties());
        assertThat(infos).hasSize(JdbcOption.values().length);
        for (final DriverPropertyInfo info : infos) {
            assertThat(info.description).as(info.name).isNotBlank();
            assertThat(info.required).isFalse();
            assertThat(info.value).isEqualTo(info.name.equals("fetchSize") ? "7" : null);
        }
        assertThat(driver.connect("jdbc:sqlite:x", new Properties())).isNull();
        assertThat(driver.acceptsURL("JDBC:Cleat:x")).isTrue();
        assertThat(driver.acceptsURL(null)).isFalse();
        assertThatThrownBy(driver::getParentLogger).isInstanceOf(SQLFeatureNotSupportedException.class);
    }
}
