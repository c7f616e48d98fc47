// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

/**
 * Reads a queue's records in order. Each reader has its own position; nothing is consumed for others.
 *
 * <p>Thread-confined unless the caller guards it with a lock: the check of Chronicle is off. The thread that owns the
 * reader closes it; a close that races with a poll can crash the JVM.
 */
public sealed interface RecordReader extends AutoCloseable permits TailerReader, ScanReader {
    /**
     * Delivers records that are there, without waiting. An interrupt of the thread is kept: the flag is clear while the
     * handler runs and set again before this returns.
     *
     * @param handler takes each record; what it throws comes out of here, and the reader has moved past that record
     * @param limit the most records to deliver, 1 or more
     * @return records delivered or reported as damaged; 0 when nothing was there
     * @throws io.cleat.CleatException CLOSED after close; DAMAGED when the files are so broken that no next record can
     *     be found
     */
    int poll(RecordHandler handler, int limit);

    /** The cycle of the last record read; −1 before the first. */
    int cycle();

    /** Bytes of the cycle's file up to the end of the last record read, the file's own header and index included. */
    long cycleBytes();

    /** The queue's number of the last record read; −1 before the first. It grows, and not always by one. */
    long index();

    /** Records skipped as damaged so far. */
    long damagedCount();

    /** Gives the mappings back. Idempotent; the owner thread only. */
    @Override
    void close();
}
