// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

/** Opens the moment in which a record is copied into a queue and not yet visible, for tests. Thread-safe: stateless. */
public final class InsideWrite {
    private InsideWrite() {}

    /**
     * Has the next write call something, at its worst moment: the queue's lock is held, the record is half there.
     *
     * @param writer that is asked to write.
     * @param moment called then, on the writing thread.
     */
    public static void call(RecordWriter writer, Runnable moment) {
        writer.insideDocument = moment;
    }
}
