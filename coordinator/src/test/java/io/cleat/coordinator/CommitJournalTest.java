// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static io.cleat.coordinator.CommitJournalDescriptor.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.coordinator.sqlite.WalPlace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The layout of commits.dat, as literals, and what it says after each store. */
@Timeout(20)
class CommitJournalTest {
    private static final JournalIdentity IDENTITY = new JournalIdentity(1, 2, 3, 4);

    @TempDir
    Path folder;

    @Test
    void shouldKeepTheFieldsWhereTheyAre() {
        assertThat(MAGIC_OFFSET).isEqualTo(0);
        assertThat(LAYOUT_VERSION_OFFSET).isEqualTo(8);
        assertThat(FILE_LENGTH_OFFSET).isEqualTo(12);
        assertThat(BOOT_ID_OFFSET).isEqualTo(16);
        assertThat(DATABASE_PATH_OFFSET).isEqualTo(32);
        assertThat(DATABASE_KEY_OFFSET).isEqualTo(40);
        assertThat(DONE_STAMP_OFFSET).isEqualTo(128);
        assertThat(DONE_SEQUENCE_OFFSET).isEqualTo(136);
        assertThat(INTENT_STAMP_OFFSET).isEqualTo(256);
        assertThat(INTENT_SEQUENCE_OFFSET).isEqualTo(264);
        assertThat(INTENT_SALT1_OFFSET).isEqualTo(272);
        assertThat(INTENT_SALT2_OFFSET).isEqualTo(276);
        assertThat(INTENT_FRAMES_OFFSET).isEqualTo(280);
        assertThat(INTENT_FLAGS_OFFSET).isEqualTo(288);
        assertThat(FILE_LENGTH).isEqualTo(512);
        assertThat(LAYOUT_VERSION).isEqualTo(1);
        assertThat(FLAG_HAS_LOG).isEqualTo(1);
        assertThat(FLAG_DOUBTFUL).isEqualTo(2);
        final byte[] image = CommitJournal.image(IDENTITY);
        assertThat(image).hasSize(512);
        assertThat(new String(image, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("CLEATCMT");
    }

    @Test
    void shouldSayAnIntentIsOpenUntilItIsDone() throws Exception {
        final Path file = folder.resolve("commits.dat");
        final CommitJournal journal = CommitJournal.create(file, IDENTITY);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(journal.isOpen()).isFalse();
        journal.intent(1, 7, 11, 12, 13, FLAG_HAS_LOG);
        final CommitJournal again = Objects.requireNonNull(CommitJournal.open(file));
        assertThat(again.isOpen()).isTrue();
        assertThat(again.intentPlace()).isEqualTo(new WalPlace(11, 12, 13, true));
        assertThat(again.intentSequence()).isEqualTo(7);
        assertThat(again.identity()).isEqualTo(IDENTITY);
        again.done(1, 7);
        assertThat(journal.isOpen()).isFalse();
        assertThat(journal.commitSequence()).isEqualTo(7);
        again.intent(2, 8, 0, 0, 0, 0);
        assertThat(journal.intentPlace()).isEqualTo(WalPlace.EMPTY);
        again.intent(2, 8, 0, 0, 0, FLAG_DOUBTFUL);
        assertThat(journal.intentPlace()).isNull();
        again.forgetIntent();
        assertThat(journal.isOpen()).isFalse();
    }

    @Test
    void shouldNotBelieveAFileOfAnotherLayout() throws Exception {
        final Path file = folder.resolve("commits.dat");
        assertThat(CommitJournal.open(file)).isNull();
        CommitJournal.create(file, IDENTITY);
        final byte[] bytes = Files.readAllBytes(file);
        bytes[8] = 2;
        Files.write(file, bytes);
        assertThat(CommitJournal.open(file)).isNull();
        Files.write(file, new byte[100]);
        assertThat(CommitJournal.open(file)).isNull();
    }
}
