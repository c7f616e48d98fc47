// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.torture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What the threads of a process do that does not end. Thread-safe: stateless. */
final class ThreadDump {
    private static final long TIMEOUT_S = 15;

    private ThreadDump() {}

    /** Writes it to {@code NAME.threads} in the folder; nothing when there is no jstack. */
    static void take(Member member, Path folder) throws InterruptedException {
        final Path jstack = Path.of(System.getProperty("java.home"), "bin", "jstack");
        try {
            final Process process = new ProcessBuilder(
                            jstack.toString(), Long.toString(member.process().pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve(member.name() + ".threads").toFile())
                    .start();
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            // A JRE has none; the journal says where it was.
            return;
        }
    }
}
