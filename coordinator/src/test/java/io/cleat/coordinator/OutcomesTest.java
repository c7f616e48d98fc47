// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static io.cleat.coordinator.OutcomesDescriptor.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The layout of outcomes/ID.dat, as literals, and what is found in it. */
@Timeout(20)
@SuppressWarnings("NullAway") // a session without a client
class OutcomesTest {
    @TempDir
    Path folder;

    private Path file;
    private Outcomes outcomes;

    @BeforeEach
    void create() {
        file = folder.resolve("5.dat");
        outcomes = Outcomes.create(file, 5);
    }

    @Test
    void shouldKeepTheFieldsWhereTheyAre() throws Exception {
        assertThat(MAGIC_OFFSET).isEqualTo(0);
        assertThat(LAYOUT_VERSION_OFFSET).isEqualTo(8);
        assertThat(FILE_LENGTH_OFFSET).isEqualTo(12);
        assertThat(CLIENT_ID_OFFSET).isEqualTo(16);
        assertThat(COUNT_OFFSET).isEqualTo(128);
        assertThat(RING_END_OFFSET).isEqualTo(136);
        assertThat(FORGOTTEN_OFFSET).isEqualTo(144);
        assertThat(ENTRIES_OFFSET).isEqualTo(256);
        assertThat(RING_OFFSET).isEqualTo(131_328);
        assertThat(FILE_LENGTH).isEqualTo(262_400);
        assertThat(SEQUENCE_OFFSET).isEqualTo(0);
        assertThat(STAMP_OFFSET).isEqualTo(8);
        assertThat(CHANGE_COUNT_OFFSET).isEqualTo(16);
        assertThat(LAST_ROW_ID_OFFSET).isEqualTo(24);
        assertThat(COMMIT_SEQUENCE_OFFSET).isEqualTo(32);
        assertThat(SESSION_ID_OFFSET).isEqualTo(40);
        assertThat(FLAGS_OFFSET).isEqualTo(44);
        assertThat(RING_POSITION_OFFSET).isEqualTo(48);
        assertThat(COLUMNS_LENGTH_OFFSET).isEqualTo(56);
        assertThat(ROWS_LENGTH_OFFSET).isEqualTo(60);
        assertThat(ENTRY_LENGTH).isEqualTo(64);
        assertThat(entryOffset(2049)).isEqualTo(320);
        assertThat(Files.size(file)).isEqualTo(262_400);
        assertThat(new String(Files.readAllBytes(file), 0, 8, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("CLEATOUT");
    }

    private void stage(long stamp, long sequence, @Nullable ResultChunk rows) {
        outcomes.stage(stamp, request(sequence), sequence * 2, sequence * 3, sequence * 4, rows, false);
    }

    private static Request request(long sequence) {
        final Request request = new Request(new ClientSession(null, 9));
        request.sequence = sequence;
        return request;
    }

    private static ResultChunk rows(int rowBytes, int fill) {
        final ResultChunk chunk = new ResultChunk();
        chunk.begin(1, 1, 1, 0, new byte[] {1, 2, 3}, true);
        final int at = chunk.limit();
        chunk.buffer().checkLimit(at + rowBytes);
        chunk.buffer().setMemory(at, rowBytes, (byte) fill);
        chunk.limit(at + rowBytes);
        return chunk;
    }

    private KnownOutcome found(long sequence) {
        return Objects.requireNonNull(
                Objects.requireNonNull(Outcomes.open(file)).find(sequence));
    }

    @Test
    void shouldFindWhatWasStagedWhenTheFileIsOpenedAgain() {
        stage(1, 10, null);
        stage(2, 11, rows(100, 7));
        assertThat(found(10).changeCount()).isEqualTo(20);
        assertThat(found(10).lastRowId()).isEqualTo(30);
        assertThat(found(10).commitSequence()).isEqualTo(40);
        assertThat(found(10).returnsRows()).isFalse();
        assertThat(found(11).columns()).containsExactly(1, 2, 3);
        assertThat(found(11).rows()).hasSize(100).containsOnly(7);
        assertThat(outcomes.find(12)).isNull();
    }

    @Test
    void shouldStrikeWhatIsAboveAStamp() {
        stage(1, 10, null);
        stage(2, 11, null);
        stage(2, 12, null);
        stage(3, 13, null);
        outcomes.strikeAbove(1, 2);
        assertThat(found(10).isUnknown()).isFalse();
        assertThat(found(11).isUnknown()).isTrue();
        assertThat(found(12).isUnknown()).isTrue();
        assertThat(outcomes.find(13)).isNull();
        outcomes.strikeAbove(1, -1);
        assertThat(found(11).isUnknown()).as("what nobody knows stays so").isTrue();
        outcomes.strikeAbove(0, -1);
        assertThat(outcomes.find(10)).isNull();
    }

    @Test
    void shouldForgetTheOldestWhenThereAreMany() {
        for (int i = 1; i <= 2047; i++) {
            stage(i, i, null);
        }
        assertThat(found(1).changeCount()).isEqualTo(2);
        assertThat(outcomes.isForgotten(1)).isFalse();
        stage(2048, 5000, null);
        assertThat(outcomes.find(1)).isNull();
        assertThat(outcomes.isForgotten(1)).isTrue();
        assertThat(outcomes.isForgotten(2)).isFalse();
        assertThat(found(2).changeCount()).isEqualTo(4);
        assertThat(found(5000).changeCount()).isEqualTo(10_000);
    }

    @Test
    void shouldLoseTheOldestRowsWhenTheRingIsFull() {
        for (int i = 1; i <= 20; i++) {
            stage(i, i, rows(10_000, i));
        }
        assertThat(found(20).rows()).hasSize(10_000).containsOnly(20);
        assertThat(found(10).rows()).hasSize(10_000).containsOnly(10);
        assertThat(found(1).rowsAreLost()).isTrue();
        assertThat(found(1).rows()).isEmpty();
        stage(21, 21, rows(16_382, 1));
        assertThat(found(21).rowsAreLost()).isTrue();
        stage(22, 22, rows(16_381, 1));
        assertThat(found(22).rowsAreLost()).isFalse();
    }

    @Test
    void shouldKnowTheTransactionOfAStatement() {
        outcomes.stageTransaction(1, request(20), 15, 3);
        assertThat(outcomes.transactionOf(9, 14)).isZero();
        assertThat(outcomes.transactionOf(9, 15)).isEqualTo(20);
        assertThat(outcomes.transactionOf(9, 19)).isEqualTo(20);
        assertThat(outcomes.transactionOf(8, 19)).isZero();
        assertThat(outcomes.mayBeInTransaction(19)).isTrue();
        assertThat(outcomes.mayBeInTransaction(21)).isFalse();
        assertThat(found(20).commitSequence()).isEqualTo(3);
    }
}
