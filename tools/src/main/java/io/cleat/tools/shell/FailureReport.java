// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import io.cleat.CleatException;
import io.cleat.Outcome;
import io.cleat.RequestException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Says in one line what went wrong, and with {@code --debug} where. Threading: that of the command line. */
public final class FailureReport implements IExecutionExceptionHandler, IParameterExceptionHandler {
    /** The option that shows stack traces; any command has it. */
    public static final String DEBUG = "--debug";

    /** Makes a report. */
    public FailureReport() {}

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        if (failure instanceof ParameterException wrong) {
            return handleParseException(wrong, new String[0]);
        }
        if (!(failure instanceof ClosedPipeException)) {
            command.getOut().flush();
            command.getErr().println("cleat: " + describe(failure));
            if (parsed.originalArgs().contains(DEBUG)) {
                failure.printStackTrace(command.getErr());
            }
        }
        return ExitCode.of(failure);
    }

    @Override
    public int handleParseException(ParameterException wrong, String[] args) {
        final CommandLine command = wrong.getCommandLine();
        final PrintWriter err = command.getErr();
        err.println("cleat: " + Terminal.oneLine(String.valueOf(wrong.getMessage())));
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err)) {
            err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return ExitCode.USAGE;
    }

    /**
     * A failure in words.
     *
     * @param failure what was thrown.
     * @return one line.
     */
    public static String describe(Throwable failure) {
        final String message = String.valueOf(failure.getMessage());
        if (failure instanceof RequestException request) {
            return Terminal.oneLine(request.reason())
                    + (request.outcome() == Outcome.UNKNOWN ? " (it may or may not have been applied)" : "");
        }
        if (failure instanceof CleatException known) {
            return Terminal.oneLine(message) + " [" + known.code().name().toLowerCase(Locale.ROOT) + "]";
        }
        if (failure instanceof NoSuchFileException) {
            return "no such file: " + Terminal.oneLine(message);
        }
        if (failure instanceof AccessDeniedException) {
            return "access denied: " + Terminal.oneLine(message);
        }
        return Terminal.oneLine(failure.getClass().getSimpleName() + ": " + message) + " (" + DEBUG + " shows where)";
    }
}
