// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.tools.child.Folders;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a demo shall do. Immutable.
 *
 * @param seconds how long rows are written.
 * @param writers how many JVMs write.
 * @param rate rows a second and writer, at most.
 * @param synchronous FULL or NORMAL.
 * @param directory that the processes agree on; null for one of the demo's own.
 */
record Plan(
        int seconds,
        int writers,
        int rate,
        String synchronous,
        @Nullable Path directory) {
    /** {@return the writer that is killed, from 0; -1 when there is one only} */
    int victim() {
        return writers < 2 ? -1 : 1;
    }

    /**
     * Names a writer.
     *
     * @param index from 0.
     * @return such as telemetry-1.
     */
    static String writerName(int index) {
        return "telemetry-" + (index + 1);
    }

    /** The SQLite file. */
    static Path database(Folders folders) {
        return folders.disk().resolve("telemetry.db");
    }

    /** Where a writer notes what was acknowledged. */
    static Path acknowledged(Folders folders, String writer) {
        return folders.disk().resolve(writer + ".acknowledged");
    }
}
