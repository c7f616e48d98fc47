// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import javax.sql.rowset.CachedRowSet;
import javax.sql.rowset.RowSetProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What sqlite-jdbc has not, or others make of our results: row sets, Blobs and Clobs. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class RowSetTest {
    @TempDir
    Path folder;

    private SideBySide sides;

    @BeforeEach
    void open() throws SQLException {
        sides = new SideBySide(folder);
    }

    @AfterEach
    void close() throws SQLException {
        sides.close();
    }

    @Test
    @SuppressWarnings("try") // closed early, and again at the end
    void shouldFillACachedRowSetWhenResultsHaveAllTypes() throws SQLException {
        try (Statement statement = sides.ours().createStatement();
                CachedRowSet rows = RowSetProvider.newFactory().createCachedRowSet()) {
            statement.execute(
                    "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, amount REAL, data BLOB, missing TEXT)");
            statement.execute("INSERT INTO t VALUES(1, 'one', 1.5, x'0102', NULL), (2, 'two', 2.5, x'', NULL)");
            rows.populate(statement.executeQuery("SELECT * FROM t ORDER BY id"));
            statement.close();
            assertThat(rows.size()).isEqualTo(2);
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt("id")).isEqualTo(1);
            assertThat(rows.getString("name")).isEqualTo("one");
            assertThat(rows.getDouble("amount")).isEqualTo(1.5);
            assertThat(rows.getString("missing")).isNull();
            assertThat(rows.last()).isTrue();
            assertThat(rows.getString(2)).isEqualTo("two");
        }
    }

    @Test
    void shouldBindAndReadLargeObjectsWhenTheyAreStreams() throws Exception {
        final byte[] bytes = {1, 2, 3, 4, 5};
        try (PreparedStatement prepared = sides.ours().prepareStatement("SELECT ?, ?, ?, ?")) {
            prepared.setBlob(1, new ByteArrayInputStream(bytes));
            prepared.setClob(2, new StringReader("a text"));
            prepared.setBinaryStream(3, new ByteArrayInputStream(bytes), 3);
            prepared.setAsciiStream(4, new ByteArrayInputStream("ascii".getBytes(StandardCharsets.US_ASCII)), 5);
            try (ResultSet results = prepared.executeQuery()) {
                assertThat(results.next()).isTrue();
                final Blob blob = results.getBlob(1);
                assertThat(blob.length()).isEqualTo(5);
                assertThat(blob.getBytes(2, 3)).containsExactly(2, 3, 4);
                assertThat(blob.position(new byte[] {3, 4}, 1)).isEqualTo(3);
                assertThat(blob.getBinaryStream().readAllBytes()).isEqualTo(bytes);
                final Clob clob = results.getClob(2);
                assertThat(clob.getSubString(3, 4)).isEqualTo("text");
                assertThat(clob.position("text", 1)).isEqualTo(3);
                assertThat(results.getBytes(3)).containsExactly(1, 2, 3);
                assertThat(results.getNString(4)).isEqualTo("ascii");
                prepared.clearParameters();
                prepared.setBlob(1, blob);
                prepared.setClob(2, clob);
            }
            try (ResultSet results = prepared.executeQuery()) {
                assertThat(results.next()).isTrue();
                assertThat(results.getBytes(1)).isEqualTo(bytes);
                assertThat(results.getString(2)).isEqualTo("a text");
                assertThat(results.getObject(3)).isNull();
            }
        }
    }
}
