// SPDX-License-Identifier: Apache-2.0
package io.cleat.jmh.micro;

import io.cleat.protocol.ValueReader;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.ExecuteEncoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.ResultDecoder;
import io.cleat.protocol.codec.ResultEncoder;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.agrona.ExpandableArrayBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to turn a call into bytes, and a reply into values. One thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class CodecBenchmark {
    private static final String NAME = "item-1000042";
    private static final int REQUEST_BYTES = 100;
    private static final byte[] NOTHING = new byte[0];

    private final ExpandableArrayBuffer request = new ExpandableArrayBuffer();
    private final ExpandableArrayBuffer reply = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final ExecuteEncoder execute = new ExecuteEncoder();
    private final ResultEncoder resultEncoder = new ResultEncoder();
    private final ResultDecoder result = new ResultDecoder();
    private final ValueWriter writer = new ValueWriter();
    private final ValueReader reader = new ValueReader();
    private final CRC32C crc = new CRC32C();
    private long number;

    /** Made by JMH. */
    public CodecBenchmark() {}

    /** Encodes the reply that is decoded: one row of three columns, whose names the client has. */
    @Setup
    public void encodeReply() {
        writer.clear();
        writer.writeLong(42);
        writer.writeText(NAME);
        writer.writeDouble(0.42);
        resultEncoder.wrapAndApplyHeader(reply, 0, headerEncoder);
        resultEncoder.epoch(1).sequence(7).commitSequence(3).changeCount(0).lastRowId(0);
        resultEncoder.chunkIndex(0).sessionId(0);
        resultEncoder.flags().clear().fIRST(true).lAST(true).rOWS(true);
        resultEncoder.putColumns(NOTHING, 0, 0);
        final byte[] row = new byte[Integer.BYTES + writer.lengthBytes()];
        writer.buffer().getBytes(0, row, Integer.BYTES, writer.lengthBytes());
        resultEncoder.putRows(row, 0, row.length);
    }

    /** {@return length of an Execute with two parameters, whose SQL the coordinator has} */
    @Benchmark
    public int encodeExecute() {
        writer.clear();
        writer.writeText(NAME);
        writer.writeDouble((double) number++);
        execute.wrapAndApplyHeader(request, 0, headerEncoder);
        execute.epoch(1).clientId(2).sequence(number).deadlineNs(4).sessionId(0);
        execute.statementId(5).creditBytes(256 << 10).parameterCount(2);
        execute.flags().clear();
        execute.putSql(NOTHING, 0, 0);
        execute.putParameters(writer.buffer(), 0, writer.lengthBytes());
        return execute.encodedLength();
    }

    /** {@return a sum over a Result of one row with three columns} */
    @Benchmark
    public double decodeResult() {
        result.wrapAndApplyHeader(reply, 0, headerDecoder);
        final int columnsLength = result.columnsLength();
        result.skipColumns();
        final int rowsLength = result.rowsLength();
        reader.wrap(
                reply, result.limit() + ResultDecoder.rowsHeaderLength() + Integer.BYTES, rowsLength - Integer.BYTES);
        double sum = result.sequence() + columnsLength;
        reader.next();
        sum += reader.longValue();
        reader.next();
        sum += reader.bytesLength();
        reader.next();
        return sum + reader.doubleValue();
    }

    /** {@return length of three values} */
    @Benchmark
    public int writeValues() {
        writer.clear();
        writer.writeLong(number++);
        writer.writeText(NAME);
        writer.writeDouble(0.42);
        return writer.lengthBytes();
    }

    /** {@return checksum of a request of the usual size, as each record in a queue has one} */
    @Benchmark
    public long checksum() {
        crc.reset();
        crc.update(request.byteArray(), 0, REQUEST_BYTES);
        return crc.getValue();
    }
}
