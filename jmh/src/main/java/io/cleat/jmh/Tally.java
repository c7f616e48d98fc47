// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What a worker did in a round: how often, how long each took, what it cost. Travels between processes as one line of text.
 *
 * <p>Not thread-safe: one writer, then handed on. Recording allocates nothing.
 */
final class Tally {
    private static final long HIGHEST_NS = TimeUnit.MINUTES.toNanos(10);
    private static final int FIELD_COUNT = 6;

    private final Histogram latencyNs;
    private long elapsedNs;
    private long unitCount;
    private long unitsInTime;
    private long errorCount;
    private long allocatedBytes;

    Tally() {
        this(new Histogram(HIGHEST_NS, 3));
    }

    private Tally(Histogram latencyNs) {
        this.latencyNs = latencyNs;
    }

    /**
     * Counts an operation that succeeded.
     *
     * @param tookNs from call to return.
     * @param units of work that it did: rows, or 1.
     * @param inTime whether it ended before the round did; a rate counts only those.
     */
    void record(long tookNs, long units, boolean inTime) {
        latencyNs.recordValue(Math.min(Math.max(tookNs, 1), HIGHEST_NS));
        unitCount += units;
        if (inTime) {
            unitsInTime += units;
        }
    }

    /** Counts an operation that failed; the wait for its failure is a wait too. */
    void recordError(long tookNs) {
        latencyNs.recordValue(Math.min(Math.max(tookNs, 1), HIGHEST_NS));
        errorCount++;
    }

    /** Closes the round: how long it was to last, and what the thread allocated in it. */
    void end(long roundNs, long bytes) {
        elapsedNs = roundNs;
        allocatedBytes = bytes;
    }

    /** Adds another round of the same worker: time goes on. */
    void addLater(Tally other) {
        elapsedNs += other.elapsedNs;
        addCounts(other);
    }

    /** Adds the same round of another worker: time is shared. */
    void addBeside(Tally other) {
        elapsedNs = Math.max(elapsedNs, other.elapsedNs);
        addCounts(other);
    }

    private void addCounts(Tally other) {
        latencyNs.add(other.latencyNs);
        unitCount += other.unitCount;
        unitsInTime += other.unitsInTime;
        errorCount += other.errorCount;
        allocatedBytes += other.allocatedBytes;
    }

    /** {@return the latency at a percentile, ns; NaN when nothing was done} */
    double percentileNs(double percentile) {
        return latencyNs.getTotalCount() == 0 ? Double.NaN : latencyNs.getValueAtPercentile(percentile);
    }

    /** {@return the longest wait of any operation, failed ones included, ms} */
    double worstMs() {
        return latencyNs.getTotalCount() == 0 ? Double.NaN : latencyNs.getMaxValue() / 1e6;
    }

    /** {@return units of work a second} */
    double unitsPerSecond() {
        return elapsedNs == 0 ? Double.NaN : unitsInTime * 1e9 / elapsedNs;
    }

    /** {@return bytes that the calling thread allocated, an operation} */
    double allocatedPerOperation() {
        return latencyNs.getTotalCount() == 0 ? Double.NaN : (double) allocatedBytes / latencyNs.getTotalCount();
    }

    /** {@return operations that failed} */
    long errorCount() {
        return errorCount;
    }

    /** {@return operations measured, failed ones included} */
    long operationCount() {
        return latencyNs.getTotalCount();
    }

    /** {@return this as one line without spaces at its ends} */
    String encode() {
        final ByteBuffer bytes = ByteBuffer.allocate(latencyNs.getNeededByteBufferCapacity());
        final int length = latencyNs.encodeIntoCompressedByteBuffer(bytes);
        final byte[] histogram = new byte[length];
        bytes.rewind();
        bytes.get(histogram);
        return elapsedNs + " " + unitCount + " " + unitsInTime + " " + errorCount + " " + allocatedBytes + " "
                + Base64.getEncoder().encodeToString(histogram);
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IllegalArgumentException when the line is not one of those.
     */
    static Tally decode(String line) {
        final String[] fields = line.split(" ", -1);
        if (fields.length != FIELD_COUNT) {
            throw new IllegalArgumentException("tally: fields=" + fields.length + " line=" + line);
        }
        try {
            final ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(fields[5]));
            final Tally tally = new Tally(Histogram.decodeFromCompressedByteBuffer(bytes, HIGHEST_NS));
            tally.elapsedNs = Long.parseLong(fields[0]);
            tally.unitCount = Long.parseLong(fields[1]);
            tally.unitsInTime = Long.parseLong(fields[2]);
            tally.errorCount = Long.parseLong(fields[3]);
            tally.allocatedBytes = Long.parseLong(fields[4]);
            return tally;
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("tally: damaged histogram", e);
        }
    }
}
