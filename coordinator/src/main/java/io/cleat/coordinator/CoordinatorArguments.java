// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.Synchronous;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A {@link CoordinatorContext} as arguments of a process, {@code key=value} each. What is code (handlers, hooks, strategies) does not go.
 *
 * <p>Thread-safe: constants and pure functions.
 */
final class CoordinatorArguments {
    private static final String NAME = "name";

    private record Option(
            Function<CoordinatorContext, @Nullable Object> get, BiConsumer<CoordinatorContext, String> set) {}

    private static final Map<String, Option> OPTIONS = options();

    private CoordinatorArguments() {}

    private static Map<String, Option> options() {
        final Map<String, Option> options = new LinkedHashMap<>();
        options.put("directory", new Option(CoordinatorContext::directory, (c, v) -> c.directory(Path.of(v))));
        options.put("databaseFile", new Option(CoordinatorArguments::file, CoordinatorContext::databaseFile));
        options.put(
                "synchronous",
                new Option(CoordinatorContext::synchronous, (c, v) -> c.synchronous(Synchronous.valueOf(v))));
        options.put(
                "foreignKeys",
                new Option(CoordinatorContext::foreignKeys, (c, v) -> c.foreignKeys(Boolean.parseBoolean(v))));
        options.put(
                "exclusiveFile",
                new Option(CoordinatorContext::exclusiveFile, (c, v) -> c.exclusiveFile(Boolean.parseBoolean(v))));
        options.put(
                "recoverRequests",
                new Option(CoordinatorContext::recoverRequests, (c, v) -> c.recoverRequests(Boolean.parseBoolean(v))));
        options.put(
                "singleClient",
                new Option(CoordinatorContext::isSingleClient, (c, v) -> c.singleClient(Boolean.parseBoolean(v))));
        options.put("stopAfterLastClientNs", new Option(CoordinatorContext::stopAfterLastClientNs, (c, v) -> {
            final long graceNs = Long.parseLong(v);
            if (graceNs >= 0) {
                c.stopAfterLastClient(Duration.ofNanos(graceNs));
            }
        }));
        options.put(
                "allowRemoteShutdown",
                new Option(
                        CoordinatorContext::allowsRemoteShutdown,
                        (c, v) -> c.allowRemoteShutdown(Boolean.parseBoolean(v))));
        number(options, "maxReaders", CoordinatorContext::maxReaders, (c, v) -> c.maxReaders(Math.toIntExact(v)));
        number(
                options,
                "readerThreads",
                CoordinatorContext::readerThreads,
                (c, v) -> c.readerThreads(Math.toIntExact(v)));
        number(options, "maxGroup", CoordinatorContext::maxGroup, (c, v) -> c.maxGroup(Math.toIntExact(v)));
        number(
                options,
                "maxRequestBytes",
                CoordinatorContext::maxRequestBytes,
                (c, v) -> c.maxRequestBytes(Math.toIntExact(v)));
        number(options, "patienceNs", CoordinatorContext::patienceNs, CoordinatorContext::patienceNs);
        number(
                options,
                "transactionLeaseNs",
                CoordinatorContext::transactionLeaseNs,
                CoordinatorContext::transactionLeaseNs);
        number(
                options,
                "maxTransactionLeaseNs",
                CoordinatorContext::maxTransactionLeaseNs,
                CoordinatorContext::maxTransactionLeaseNs);
        number(
                options,
                "transactionLimitNs",
                CoordinatorContext::transactionLimitNs,
                CoordinatorContext::transactionLimitNs);
        number(options, "cursorLeaseNs", CoordinatorContext::cursorLeaseNs, CoordinatorContext::cursorLeaseNs);
        number(
                options,
                "requestCycleBytes",
                CoordinatorContext::requestCycleBytes,
                CoordinatorContext::requestCycleBytes);
        number(options, "replyCycleBytes", CoordinatorContext::replyCycleBytes, CoordinatorContext::replyCycleBytes);
        number(
                options,
                "storageReserveBytes",
                CoordinatorContext::storageReserveBytes,
                CoordinatorContext::storageReserveBytes);
        number(
                options,
                "maxValueBytes",
                CoordinatorContext::maxValueBytes,
                (c, v) -> c.maxValueBytes(Math.toIntExact(v)));
        number(options, "memoryLimitBytes", CoordinatorContext::memoryLimitBytes, CoordinatorContext::memoryLimitBytes);
        limit(options, "clientRequests", ClientLimits::requests, (l, v) -> l.requests(Math.toIntExact(v)));
        limit(options, "clientBytes", ClientLimits::bytes, ClientLimits::bytes);
        limit(options, "clientResults", ClientLimits::results, (l, v) -> l.results(Math.toIntExact(v)));
        limit(options, "clientSessions", ClientLimits::sessions, (l, v) -> l.sessions(Math.toIntExact(v)));
        limit(options, "clientStatementBytes", ClientLimits::statementBytes, ClientLimits::statementBytes);
        limit(
                options,
                "clientInterestTables",
                ClientLimits::interestTables,
                (l, v) -> l.interestTables(Math.toIntExact(v)));
        return options;
    }

    private static void limit(
            Map<String, Option> options,
            String key,
            Function<ClientLimits, @Nullable Object> get,
            BiFunction<ClientLimits, Long, ClientLimits> set) {
        options.put(
                key,
                new Option(
                        context -> get.apply(context.clientLimits()),
                        (context, value) ->
                                context.clientLimits(set.apply(context.clientLimits(), Long.parseLong(value)))));
    }

    private static void number(
            Map<String, Option> options,
            String key,
            Function<CoordinatorContext, @Nullable Object> get,
            BiConsumer<CoordinatorContext, Long> set) {
        options.put(key, new Option(get, (context, value) -> set.accept(context, Long.parseLong(value))));
    }

    private static Object file(CoordinatorContext context) {
        final Path file = context.databaseFile();
        return file == null ? CoordinatorContext.IN_MEMORY : file;
    }

    /**
     * Writes all options.
     *
     * @param context to write.
     * @return for {@link #parse}.
     * @throws CleatException MISUSE when it has a hook, which cannot be given to another process.
     */
    static List<String> of(CoordinatorContext context) {
        if (context.hasCode()) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    "hooks and interceptors cannot be given to another process: name=" + context.name()
                            + "; write a main method that launches the coordinator there");
        }
        final List<String> arguments = new ArrayList<>(List.of(NAME + "=" + context.name()));
        OPTIONS.forEach((key, option) -> {
            final @Nullable Object value = option.get.apply(context);
            if (value != null) {
                arguments.add(key + "=" + value);
            }
        });
        return arguments;
    }

    /**
     * Reads options.
     *
     * @param arguments the name first.
     * @return the options; those not given have their defaults.
     * @throws CleatException MISUSE for what is no option, or a value that it cannot have.
     */
    static CoordinatorContext parse(String[] arguments) {
        if (arguments.length == 0 || !arguments[0].startsWith(NAME + "=")) {
            throw new CleatException(
                    ErrorCode.MISUSE, "the first argument is name=NAME, the rest of " + OPTIONS.keySet());
        }
        final CoordinatorContext context = new CoordinatorContext(arguments[0].substring(NAME.length() + 1));
        for (int i = 1; i < arguments.length; i++) {
            set(context, arguments[i]);
        }
        return context;
    }

    /**
     * Sets one option.
     *
     * @param context that gets it.
     * @param argument {@code key=value}.
     * @throws CleatException MISUSE when there is no such option, or the value is none of its.
     */
    static void set(CoordinatorContext context, String argument) {
        final int equals = argument.indexOf('=');
        final @Nullable Option option = equals < 0 ? null : OPTIONS.get(argument.substring(0, equals));
        if (option == null) {
            throw new CleatException(
                    ErrorCode.MISUSE, "unknown argument: " + argument + "; known: " + OPTIONS.keySet());
        }
        try {
            option.set.accept(context, argument.substring(equals + 1));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new CleatException(ErrorCode.MISUSE, "argument " + argument + ": " + e.getMessage(), e);
        }
    }
}
