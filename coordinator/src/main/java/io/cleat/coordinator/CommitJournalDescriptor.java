// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.agrona.BitUtil.SIZE_OF_INT;
import static org.agrona.BitUtil.SIZE_OF_LONG;

/**
 * The layout of {@code commits.dat}. Little endian, fixed length, made whole ({@link io.cleat.nameserver.MappedFile}).
 *
 * <pre>
 *         0       4       8      12      16      20      24      28      32
 *      0 +-------+-------+-------+-------+-------+-------+-------+-------+
 *        | magic "CLEATCMT"|version|length | boot id                     |
 *     32 +---------------+-------+-------+-------------------------------+
 *        | file: path    | file: key     | zeros                         |
 *    128 +---------------+---------------+-------------------------------+
 *        | done: stamp   | done: commits | zeros                         |
 *    256 +---------------+---------------+-------+-------+---------------+
 *        | intent: stamp | commits       | salt1 | salt2 | frames        |
 *    288 +-------+-------+---------------+-------+-------+---------------+
 *        | flags | zeros                                                 |
 *    512 +-------+-------------------------------------------------------+
 * </pre>
 *
 * <p>Who writes what, and how: all of it the coordinator that holds the owner lock.
 *
 * <ul>
 *   <li>boot id (of the machine, from the system; zeros: unknown) and file (hashes of its path and of device and inode): when
 *       it has decided the intent that it found, plainly; an intent is open never meanwhile.
 *   <li>done: commits (the commit sequence) plainly, then the stamp with release. A death in between leaves the intent open, and
 *       deciding it writes the same number again.
 *   <li>intent: all others plainly, then the stamp with release. It is open when its stamp is above the one of done.
 *   <li>flags: 1 the log had a header, so that salts and frames count; 2 a commit had failed half-way before, so that the log
 *       cannot decide.
 * </ul>
 *
 * <p>Threading: constants.
 */
final class CommitJournalDescriptor {
    /** "CLEATCMT" read as a little endian long. */
    static final long MAGIC = 0x544D_4354_4145_4C43L;

    static final int LAYOUT_VERSION = 1;
    static final int LINE = 128;

    static final int MAGIC_OFFSET = 0;
    static final int LAYOUT_VERSION_OFFSET = MAGIC_OFFSET + SIZE_OF_LONG;
    static final int FILE_LENGTH_OFFSET = LAYOUT_VERSION_OFFSET + SIZE_OF_INT;
    static final int BOOT_ID_OFFSET = FILE_LENGTH_OFFSET + SIZE_OF_INT;
    static final int DATABASE_PATH_OFFSET = BOOT_ID_OFFSET + 2 * SIZE_OF_LONG;
    static final int DATABASE_KEY_OFFSET = DATABASE_PATH_OFFSET + SIZE_OF_LONG;

    static final int DONE_STAMP_OFFSET = LINE;
    static final int DONE_SEQUENCE_OFFSET = DONE_STAMP_OFFSET + SIZE_OF_LONG;

    static final int INTENT_STAMP_OFFSET = 2 * LINE;
    static final int INTENT_SEQUENCE_OFFSET = INTENT_STAMP_OFFSET + SIZE_OF_LONG;
    static final int INTENT_SALT1_OFFSET = INTENT_SEQUENCE_OFFSET + SIZE_OF_LONG;
    static final int INTENT_SALT2_OFFSET = INTENT_SALT1_OFFSET + SIZE_OF_INT;
    static final int INTENT_FRAMES_OFFSET = INTENT_SALT2_OFFSET + SIZE_OF_INT;
    static final int INTENT_FLAGS_OFFSET = INTENT_FRAMES_OFFSET + SIZE_OF_LONG;

    static final int FILE_LENGTH = 4 * LINE;

    static final int FLAG_HAS_LOG = 1;
    static final int FLAG_DOUBTFUL = 2;

    private CommitJournalDescriptor() {}
}
