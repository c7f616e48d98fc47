// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The head of a cycle file, as our version of Chronicle writes it with our roll cycle. The library believes the
 * positions it finds there and would grow the file, or its own lists, to wherever they point; so they are looked at
 * before a queue is opened for writing. Thread-safe, stateless.
 */
final class CycleHeader {
    static final int WRITE_POSITION_OFFSET = 0x40;
    private static final int INDEX_POSITION_OFFSET = 0x98;
    private static final int LAST_INDEX_OFFSET = 0xB0;

    /** The bytes that are always the same; the positions and counts between them are zero here. */
    private static final byte[] FIXED = HexFormat.of()
            .parseHex(""
                    + "c1000040b906686561646572b6085343"
                    + "5153746f726582aa000000cd77726974"
                    + "65506f736974696f6e8e01000000008d"
                    + "02000000000000000200000000000000"
                    + "00000000000000000000000000000000"
                    + "c8696e646578696e67b60c5343515349"
                    + "6e646578696e67824c000000ca696e64"
                    + "6578436f756e74a50008cc696e646578"
                    + "53706163696e67a50001cb696e646578"
                    + "32496e6465788fa70000000000000000"
                    + "c96c617374496e6465788e00000000a7"
                    + "0000000000000000ca64617461466f72"
                    + "6d6174a101000000");

    private CycleHeader() {}

    /**
     * Looks at all cycle files of a queue. One whose first bytes are not there yet is being made by somebody.
     *
     * @throws CleatException DAMAGED with the file and the offset; IO
     */
    static void checkAll(Path directory) {
        for (int cycle : CycleFiles.list(directory)) {
            Path file = CycleFiles.path(directory, cycle);
            try (CycleWindow window = new CycleWindow(file)) {
                check(window, file);
            } catch (NoSuchFileException e) {
                // Pruned meanwhile: nobody will open it.
            } catch (IOException e) {
                throw new CleatException(ErrorCode.IO, "cannot read file=" + file, e);
            }
        }
    }

    private static void check(CycleWindow window, Path file) throws IOException {
        if (window.header(0) >>> 31 != 0 || window.header(0) == 0) {
            return;
        }
        UnsafeBuffer head = new UnsafeBuffer(0, 0);
        if (!window.read(0, FIXED.length, head)) {
            throw damaged(file, window.sizeBytes(), "the file was cut");
        }
        for (int at = 0; at < FIXED.length; at++) {
            if (!variable(at) && head.getByte(at) != FIXED[at]) {
                throw damaged(file, at, "byte=" + head.getByte(at) + " expected=" + FIXED[at]);
            }
        }
        long size = window.sizeBytes();
        for (int at : new int[] {WRITE_POSITION_OFFSET, INDEX_POSITION_OFFSET}) {
            long position = head.getLong(at, RecordFrame.ORDER);
            if (position < 0 || position >= size) {
                throw damaged(file, at, "position=" + position + " outside of sizeBytes=" + size);
            }
        }
    }

    private static boolean variable(int at) {
        return within(at, WRITE_POSITION_OFFSET, 2 * Long.BYTES)
                || within(at, INDEX_POSITION_OFFSET, Long.BYTES)
                || within(at, LAST_INDEX_OFFSET, Long.BYTES);
    }

    private static boolean within(int at, int start, int length) {
        return at >= start && at < start + length;
    }

    private static CleatException damaged(Path file, long offset, String what) {
        return new CleatException(
                ErrorCode.DAMAGED,
                "the head of a cycle file is damaged file=" + file + " offset=" + offset + " " + what);
    }
}
