// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.tools.child.ChildProcess;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What the demo's processes say to the one that started them, one line each, and the other way round: {@code go}, and the end of
 * the input. Thread-safe: stateless.
 *
 * <pre>
 *   ready                    it has begun
 *   = text                   a line to be shown                # the lines are complete
 *   H key base64             latencies since the last such line
 *   A rows checksum          the end: how many rows it wrote or read
 *   E text                   what failed
 * </pre>
 */
final class Lines {
    /** Said to a child: all the others are ready too. */
    static final String GO = "go";

    static final String READY = "ready";
    static final String SHOW = "= ";
    static final String SHOWN = "#";
    static final String LATENCIES = "H ";
    static final String ACCOUNT = "A ";
    static final String FAILED = ChildProcess.FAILED;

    /** The longest latency that is told from longer ones: an hour. */
    static final long MAX_LATENCY_NS = 3_600_000_000_000L;

    private Lines() {}

    /** {@return a histogram for latencies in nanoseconds} */
    static Histogram histogram() {
        return new Histogram(MAX_LATENCY_NS, 3);
    }

    /** Sends a histogram and empties it. */
    static void send(PrintWriter out, String key, Histogram latencies) {
        final ByteBuffer bytes = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        final int length = latencies.encodeIntoCompressedByteBuffer(bytes);
        out.println(LATENCIES
                + key
                + " "
                + Base64.getEncoder().encodeToString(java.util.Arrays.copyOf(bytes.array(), length)));
        out.flush();
        latencies.reset();
    }

    /** Adds the histogram of a line to one of ours. */
    static void receive(String base64, Histogram sum) {
        try {
            sum.add(Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(base64)), MAX_LATENCY_NS));
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("no histogram: " + base64, e);
        }
    }
}
