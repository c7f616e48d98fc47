// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** The options that a JVM needs before it can map a queue. Thread-safe, stateless. */
public final class JvmFlags {
    private static final String LINE = "-XX:+IgnoreUnrecognizedVMOptions"
            + " --add-opens=java.base/java.lang.reflect=ALL-UNNAMED"
            + " --add-exports=java.base/sun.nio.ch=ALL-UNNAMED"
            + " --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"
            + " --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"
            + " --enable-native-access=ALL-UNNAMED"
            + " --sun-misc-unsafe-memory-access=allow";

    private JvmFlags() {}

    /** The options in one line, as cleat.args has them. */
    public static String line() {
        return LINE;
    }

    /**
     * Finds out whether this JVM has what it needs: options, by asking the module system, and file descriptors.
     *
     * @throws CleatException MISUSE with the line to add; LIMIT when the process may not open enough files
     */
    public static void check() {
        OpenFiles.check();
        Module base = Object.class.getModule();
        Module own = JvmFlags.class.getModule();
        List<String> missing = new ArrayList<>();
        if (!base.isOpen("java.lang.reflect", own)) {
            missing.add("--add-opens java.base/java.lang.reflect");
        }
        if (!base.isExported("sun.nio.ch", own)) {
            missing.add("--add-exports java.base/sun.nio.ch");
        }
        if (!base.isExported("jdk.internal.ref", own)) {
            missing.add("--add-exports java.base/jdk.internal.ref");
        }
        if (!base.isOpen("jdk.internal.misc", own)) {
            missing.add("--add-opens java.base/jdk.internal.misc");
        }
        if (!missing.isEmpty()) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "this JVM was started without options that shared memory needs (missing: "
                            + String.join(", ", missing) + "). Add to the java command line: " + LINE);
        }
    }
}
