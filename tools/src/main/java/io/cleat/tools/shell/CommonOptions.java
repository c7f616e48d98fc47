// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import io.cleat.nameserver.CleatDirectory;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has. Threading: filled by the command line, then read by its thread. */
public final class CommonOptions {
    @Option(
            names = {"-d", "--directory"},
            paramLabel = "DIR",
            description = "The folder that all processes agree on. Default: the system property cleat.dir, else "
                    + "/dev/shm/cleat-USER, else cleat-USER in the temp folder.")
    private @Nullable Path directory;

    @Option(names = FailureReport.DEBUG, description = "Show the stack trace of an error.")
    private boolean debug;

    @SuppressWarnings("UnusedVariable") // picocli looks at it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and end.")
    private boolean help;

    /** Made by picocli. */
    public CommonOptions() {}

    /** {@return the folder asked for, or null for the default} */
    public @Nullable Path directory() {
        return directory;
    }

    /** {@return the folder, which is made if it is missing} */
    public CleatDirectory resolve() {
        return CleatDirectory.resolve(directory);
    }

    /** {@return whether stack traces are wanted} */
    public boolean debug() {
        return debug;
    }
}
