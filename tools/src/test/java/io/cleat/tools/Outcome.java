// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools;

import io.cleat.tools.shell.PipeOutput;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** What a command did that was run in this JVM. */
record Outcome(int code, String out, String err) {

    static Outcome of(String... args) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final PrintWriter errors = new PrintWriter(err, true, StandardCharsets.UTF_8);
        final int code = Cleat.run(PipeOutput.writer(out), errors, args);
        errors.flush();
        return new Outcome(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
