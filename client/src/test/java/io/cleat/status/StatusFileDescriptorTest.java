// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import static io.cleat.status.StatusFileDescriptor.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The layout of status.dat, as literals: a change here is another layout version. */
class StatusFileDescriptorTest {
    @Test
    void shouldKeepTheHeaderWhereItIs() {
        assertThat(MAGIC).isEqualTo(0x4154535441454C43L);
        assertThat(LAYOUT_VERSION).isEqualTo(1);
        assertThat(MAGIC_OFFSET).isEqualTo(0);
        assertThat(LAYOUT_VERSION_OFFSET).isEqualTo(8);
        assertThat(CLIENT_SLOT_COUNT_OFFSET).isEqualTo(12);
        assertThat(CLIENT_SLOT_LENGTH_OFFSET).isEqualTo(16);
        assertThat(COUNTER_COUNT_OFFSET).isEqualTo(20);
        assertThat(CLIENT_TABLE_OFFSET_OFFSET).isEqualTo(24);
        assertThat(METADATA_OFFSET_OFFSET).isEqualTo(28);
        assertThat(METADATA_LENGTH_OFFSET).isEqualTo(32);
        assertThat(VALUES_OFFSET_OFFSET).isEqualTo(36);
        assertThat(VALUES_LENGTH_OFFSET).isEqualTo(40);
        assertThat(ERRORS_OFFSET_OFFSET).isEqualTo(44);
        assertThat(ERRORS_LENGTH_OFFSET).isEqualTo(48);
        assertThat(CHECK_OFFSET).isEqualTo(52);
        assertThat(FILE_LENGTH_OFFSET).isEqualTo(56);
        assertThat(EPOCH_OFFSET).isEqualTo(64);
        assertThat(PID_OFFSET).isEqualTo(72);
        assertThat(PROCESS_START_OFFSET).isEqualTo(80);
        assertThat(CREATED_AT_OFFSET).isEqualTo(88);
        assertThat(PROTOCOL_MIN_OFFSET).isEqualTo(96);
        assertThat(PROTOCOL_MAX_OFFSET).isEqualTo(100);
        assertThat(SQLITE_VERSION_OFFSET).isEqualTo(128);
        assertThat(DIALECT_OFFSET).isEqualTo(160);
        assertThat(DATABASE_NAME_OFFSET).isEqualTo(176);
        assertThat(DATABASE_FILE_OFFSET).isEqualTo(256);
        assertThat(STATIC_LENGTH).isEqualTo(768);
    }

    @Test
    void shouldKeepTheSharedNumbersOnLinesOfTheirOwn() {
        assertThat(STATE_OFFSET).isEqualTo(768);
        assertThat(HEARTBEAT_OFFSET).isEqualTo(896);
        assertThat(REQUEST_CYCLE_OFFSET).isEqualTo(1024);
        assertThat(COMMIT_SEQUENCE_OFFSET).isEqualTo(1152);
        assertThat(SCHEMA_EPOCH_OFFSET).isEqualTo(1160);
        assertThat(NEXT_CLIENT_ID_OFFSET).isEqualTo(1280);
        assertThat(ATTACH_DOORBELL_OFFSET).isEqualTo(1408);
        assertThat(TURN_VERSION_OFFSET).isEqualTo(1536);
        assertThat(TURN_CLIENT_ID_OFFSET).isEqualTo(1544);
        assertThat(TURN_SESSION_ID_OFFSET).isEqualTo(1552);
        assertThat(TURN_BEGAN_OFFSET).isEqualTo(1560);
        assertThat(TURN_SQL_OFFSET).isEqualTo(1664);
        assertThat(TURN_SQL_LENGTH).isEqualTo(256);
        assertThat(HEADER_LENGTH).isEqualTo(2048);
    }

    @Test
    void shouldKeepTheSectionsWhereTheyAre() {
        assertThat(CLIENT_SLOT_COUNT).isEqualTo(256);
        assertThat(CLIENT_TABLE_OFFSET).isEqualTo(2048);
        assertThat(METADATA_OFFSET).isEqualTo(165_888);
        assertThat(METADATA_LENGTH).isEqualTo(65_536);
        assertThat(VALUES_OFFSET).isEqualTo(231_424);
        assertThat(VALUES_LENGTH).isEqualTo(16_384);
        assertThat(ERRORS_OFFSET).isEqualTo(247_808);
        assertThat(ERRORS_LENGTH).isEqualTo(65_536);
        assertThat(FILE_LENGTH).isEqualTo(313_344);
        assertThat(slotOffset(0)).isEqualTo(2048);
        assertThat(slotOffset(255)).isEqualTo(165_248);
    }

    @Test
    void shouldKeepTheClientsFieldsWhereTheyAre() {
        assertThat(SLOT_CONTROL_OFFSET).isEqualTo(0);
        assertThat(SLOT_PROTOCOL_MIN_OFFSET).isEqualTo(8);
        assertThat(SLOT_PROTOCOL_MAX_OFFSET).isEqualTo(12);
        assertThat(SLOT_CLIENT_ID_OFFSET).isEqualTo(16);
        assertThat(SLOT_PID_OFFSET).isEqualTo(24);
        assertThat(SLOT_PROCESS_START_OFFSET).isEqualTo(32);
        assertThat(SLOT_ATTACHED_AT_OFFSET).isEqualTo(40);
        assertThat(SLOT_NAME_OFFSET).isEqualTo(48);
        assertThat(SLOT_RESUME_SEQUENCE_OFFSET).isEqualTo(112);
        assertThat(SLOT_REPLY_CONSUMED_BYTES_OFFSET).isEqualTo(128);
        assertThat(SLOT_HEARTBEAT_OFFSET).isEqualTo(136);
        assertThat(SLOT_REPLY_READ_CYCLE_OFFSET).isEqualTo(144);
        assertThat(SLOT_REQUEST_CONSUMED_BYTES_OFFSET).isEqualTo(256);
        assertThat(SLOT_REQUEST_COUNT_OFFSET).isEqualTo(264);
        assertThat(SLOT_REPLY_WRITTEN_BYTES_OFFSET).isEqualTo(272);
        assertThat(SLOT_OPEN_SESSIONS_OFFSET).isEqualTo(280);
        assertThat(SLOT_OPEN_CURSORS_OFFSET).isEqualTo(284);
        assertThat(SLOT_NEGOTIATED_VERSION_OFFSET).isEqualTo(288);
        assertThat(SLOT_REFUSAL_CODE_OFFSET).isEqualTo(292);
        assertThat(SLOT_REFUSAL_TEXT_OFFSET).isEqualTo(384);
        assertThat(SLOT_REFUSAL_TEXT_LENGTH).isEqualTo(256);
        assertThat(SLOT_LENGTH).isEqualTo(640);
    }

    @Test
    void shouldKeepTheNumbersOfStatesAndCounters() {
        assertThat(Arrays.stream(ClientSlotState.values()).mapToInt(ClientSlotState::number))
                .containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(ClientSlotState.values())
                .extracting(Enum::name)
                .containsExactly("FREE", "CLAIMED", "REQUESTED", "ATTACHED", "REFUSED", "DETACHING", "DEAD");
        assertThat(CoordinatorState.values())
                .extracting(Enum::name)
                .containsExactly("STARTING", "READY", "CLOSING", "CLOSED", "HANDED_OVER");
        assertThat(Arrays.stream(SystemCounter.values())
                        .mapToInt(SystemCounter::id)
                        .toArray())
                .containsExactly(IntStream.range(0, 30).toArray());
        assertThat(SystemCounter.values()).extracting(SystemCounter::label).doesNotHaveDuplicates();
    }
}
