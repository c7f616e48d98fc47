// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * The output of a command: UTF-8, buffered, and loud when it was closed. A plain {@link PrintWriter} would go on writing into
 * the void for ever. Threading: one writer at a time.
 */
public final class PipeOutput extends OutputStream {
    private final OutputStream target;

    private PipeOutput(OutputStream target) {
        this.target = target;
    }

    /** {@return a writer to the standard output; it is flushed by {@code flush} only, and throws {@link ClosedPipeException}} */
    public static PrintWriter standardOutput() {
        return writer(new FileOutputStream(FileDescriptor.out));
    }

    /** {@return a writer to the standard error, which prints each line at once} */
    public static PrintWriter standardError() {
        return new PrintWriter(
                new OutputStreamWriter(new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8), true);
    }

    /**
     * A writer to any stream.
     *
     * @param target takes the bytes.
     * @return writes UTF-8 and throws {@link ClosedPipeException} when the target throws.
     */
    public static PrintWriter writer(OutputStream target) {
        return new PrintWriter(
                new OutputStreamWriter(
                        new BufferedOutputStream(new PipeOutput(target), 1 << 14), StandardCharsets.UTF_8),
                false);
    }

    @Override
    public void write(int value) {
        try {
            target.write(value);
        } catch (IOException e) {
            throw new ClosedPipeException(e);
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            target.write(bytes, offset, length);
        } catch (IOException e) {
            throw new ClosedPipeException(e);
        }
    }

    @Override
    public void flush() {
        try {
            target.flush();
        } catch (IOException e) {
            throw new ClosedPipeException(e);
        }
    }
}
