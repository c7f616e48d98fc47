// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static io.cleat.coordinator.CommitJournalDescriptor.*;

import io.cleat.CleatException;
import io.cleat.coordinator.sqlite.WalPlace;
import io.cleat.nameserver.MappedFile;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator notes of its commits for its successor: the last one that is known to be done, and the one that it is about to
 * make. See docs/outcome.md. A death between any two stores leaves something that can be decided.
 *
 * <p>Not thread-safe: the conductor's, before it starts its maker's.
 */
final class CommitJournal {
    private final UnsafeBuffer buffer;

    private CommitJournal(UnsafeBuffer buffer) {
        this.buffer = buffer;
    }

    /**
     * Opens what is there.
     *
     * @param file {@code commits.dat}.
     * @return null when there is none, or none of this layout.
     */
    static @Nullable CommitJournal open(Path file) {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            final UnsafeBuffer head = new UnsafeBuffer(MappedFile.readHead(file, FILE_LENGTH));
            if (head.capacity() != FILE_LENGTH
                    || head.getLong(MAGIC_OFFSET) != MAGIC
                    || head.getInt(LAYOUT_VERSION_OFFSET) != LAYOUT_VERSION
                    || head.getInt(FILE_LENGTH_OFFSET) != FILE_LENGTH) {
                return null;
            }
            return new CommitJournal(new UnsafeBuffer(MappedFile.map(file, FILE_LENGTH, MapMode.READ_WRITE)));
        } catch (CleatException e) {
            throw new CleatException(e.code(), "cannot read the commit journal: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a new one in place of what is there.
     *
     * @param file {@code commits.dat}; its folder exists.
     * @param identity what it belongs to.
     * @return without any commit.
     */
    static CommitJournal create(Path file, JournalIdentity identity) {
        MappedFile.create(file, image(identity));
        return new CommitJournal(new UnsafeBuffer(MappedFile.map(file, FILE_LENGTH, MapMode.READ_WRITE)));
    }

    static byte[] image(JournalIdentity identity) {
        final byte[] image = new byte[FILE_LENGTH];
        final UnsafeBuffer buffer = new UnsafeBuffer(image);
        buffer.putLong(MAGIC_OFFSET, MAGIC);
        buffer.putInt(LAYOUT_VERSION_OFFSET, LAYOUT_VERSION);
        buffer.putInt(FILE_LENGTH_OFFSET, FILE_LENGTH);
        new CommitJournal(buffer).identity(identity);
        return image;
    }

    JournalIdentity identity() {
        return new JournalIdentity(
                buffer.getLong(BOOT_ID_OFFSET),
                buffer.getLong(BOOT_ID_OFFSET + Long.BYTES),
                buffer.getLong(DATABASE_PATH_OFFSET),
                buffer.getLong(DATABASE_KEY_OFFSET));
    }

    /**
     * Says to what it belongs from now on; no intent is open.
     *
     * @param identity of now.
     */
    void identity(JournalIdentity identity) {
        buffer.putLong(BOOT_ID_OFFSET, identity.boot1());
        buffer.putLong(BOOT_ID_OFFSET + Long.BYTES, identity.boot2());
        buffer.putLong(DATABASE_PATH_OFFSET, identity.path());
        buffer.putLong(DATABASE_KEY_OFFSET, identity.key());
    }

    /** {@return the stamp of the last commit that is done; 0: none} */
    long doneStamp() {
        return buffer.getLongAcquire(DONE_STAMP_OFFSET);
    }

    /** {@return the number of the last commit that changed something} */
    long commitSequence() {
        return buffer.getLong(DONE_SEQUENCE_OFFSET);
    }

    /** {@return whether a commit was begun whose end was not noted} */
    boolean isOpen() {
        return intentStamp() > doneStamp();
    }

    long intentStamp() {
        return buffer.getLongAcquire(INTENT_STAMP_OFFSET);
    }

    /** {@return the commit sequence after the commit that was begun} */
    long intentSequence() {
        return buffer.getLong(INTENT_SEQUENCE_OFFSET);
    }

    /** {@return where the log ended when it was begun; null when that cannot decide} */
    @Nullable
    WalPlace intentPlace() {
        final int flags = buffer.getInt(INTENT_FLAGS_OFFSET);
        if ((flags & FLAG_DOUBTFUL) != 0) {
            return null;
        }
        if ((flags & FLAG_HAS_LOG) == 0) {
            return WalPlace.EMPTY;
        }
        return new WalPlace(
                buffer.getInt(INTENT_SALT1_OFFSET),
                buffer.getInt(INTENT_SALT2_OFFSET),
                buffer.getLong(INTENT_FRAMES_OFFSET),
                true);
    }

    /**
     * A commit is about to be made.
     *
     * @param stamp of it, above all before.
     * @param commitSequence after it.
     * @param salt1 of the log.
     * @param salt2 of the log.
     * @param frames where its last commit ends.
     * @param flags as in the descriptor.
     */
    void intent(long stamp, long commitSequence, int salt1, int salt2, long frames, int flags) {
        buffer.putLong(INTENT_SEQUENCE_OFFSET, commitSequence);
        buffer.putInt(INTENT_SALT1_OFFSET, salt1);
        buffer.putInt(INTENT_SALT2_OFFSET, salt2);
        buffer.putLong(INTENT_FRAMES_OFFSET, frames);
        buffer.putInt(INTENT_FLAGS_OFFSET, flags);
        buffer.putLongRelease(INTENT_STAMP_OFFSET, stamp);
    }

    /**
     * A commit was made.
     *
     * @param stamp of it.
     * @param commitSequence after it.
     */
    void done(long stamp, long commitSequence) {
        buffer.putLong(DONE_SEQUENCE_OFFSET, commitSequence);
        buffer.putLongRelease(DONE_STAMP_OFFSET, stamp);
    }

    /**
     * A commit may have been made, which nobody will ever know; its number is not given again.
     *
     * @param commitSequence after it.
     */
    void skip(long commitSequence) {
        buffer.putLongRelease(DONE_SEQUENCE_OFFSET, commitSequence);
    }

    /** The intent was found not to be committed, and nothing of it is left. */
    void forgetIntent() {
        buffer.putLongRelease(INTENT_STAMP_OFFSET, 0);
    }
}
