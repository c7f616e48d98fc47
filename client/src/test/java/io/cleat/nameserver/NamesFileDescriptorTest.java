// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import static io.cleat.nameserver.NamesFileDescriptor.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The layout of names.dat, as literals: a change here is another layout version. */
class NamesFileDescriptorTest {
    @Test
    void shouldKeepTheHeaderWhereItIs() {
        assertThat(MAGIC_OFFSET).isEqualTo(0);
        assertThat(LAYOUT_VERSION_OFFSET).isEqualTo(8);
        assertThat(SLOT_COUNT_OFFSET).isEqualTo(12);
        assertThat(SLOT_LENGTH_OFFSET).isEqualTo(16);
        assertThat(RESERVED_OFFSET).isEqualTo(20);
        assertThat(HEADER_CHECK_OFFSET).isEqualTo(24);
        assertThat(FILE_LENGTH_OFFSET).isEqualTo(32);
        assertThat(HEADER_STATIC_LENGTH).isEqualTo(40);
        assertThat(EPOCH_COUNTER_OFFSET).isEqualTo(128);
        assertThat(HEADER_LENGTH).isEqualTo(1024);
        assertThat(FILE_LENGTH).isEqualTo(263_168);
        assertThat(slotOffset(0)).isEqualTo(1024);
        assertThat(slotOffset(255)).isEqualTo(262_144);
    }

    @Test
    void shouldKeepTheSlotsFieldsWhereTheyAre() {
        assertThat(SLOT_TURN_OFFSET).isEqualTo(0);
        assertThat(SLOT_STATE_OFFSET).isEqualTo(4);
        assertThat(SLOT_EPOCH_OFFSET).isEqualTo(8);
        assertThat(SLOT_PID_OFFSET).isEqualTo(16);
        assertThat(SLOT_PROCESS_START_OFFSET).isEqualTo(24);
        assertThat(SLOT_REGISTERED_AT_OFFSET).isEqualTo(32);
        assertThat(SLOT_PROTOCOL_VERSION_OFFSET).isEqualTo(40);
        assertThat(SLOT_CHECK_OFFSET).isEqualTo(44);
        assertThat(SLOT_NAME_OFFSET).isEqualTo(48);
        assertThat(SLOT_DIALECT_OFFSET).isEqualTo(112);
        assertThat(SLOT_SQLITE_VERSION_OFFSET).isEqualTo(128);
        assertThat(SLOT_USER_OFFSET).isEqualTo(160);
        assertThat(SLOT_DATABASE_FILE_OFFSET).isEqualTo(224);
        assertThat(SLOT_STATIC_LENGTH).isEqualTo(736);
        assertThat(SLOT_HEARTBEAT_OFFSET).isEqualTo(896);
        assertThat(SLOT_LENGTH).isEqualTo(1024);
        assertThat(SLOT_COUNT).isEqualTo(256);
    }

    @Test
    void shouldWriteTheHeaderByteByByteWhenAFileIsMade() {
        final byte[] image = NamesFile.image(0x0102);
        assertThat(image).hasSize(263_168);
        assertThat(new String(image, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("CLEATNMS");
        assertThat(image).startsWith('C', 'L', 'E', 'A', 'T', 'N', 'M', 'S', 1, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0);
        assertThat(image[32]).isEqualTo((byte) 0x00);
        assertThat(image[33]).isEqualTo((byte) 0x04);
        assertThat(image[34]).isEqualTo((byte) 0x04);
        assertThat(image[128]).isEqualTo((byte) 2);
        assertThat(image[129]).isEqualTo((byte) 1);
    }

    @Test
    void shouldKeepTheNumbersOfStates() {
        assertThat(NameState.FREE.number()).isEqualTo(0);
        assertThat(NameState.STARTING.number()).isEqualTo(1);
        assertThat(NameState.READY.number()).isEqualTo(2);
        assertThat(NameState.CLOSING.number()).isEqualTo(3);
    }
}
