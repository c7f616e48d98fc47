// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A coordinator in a JVM of its own: directory, name, file, then options as {@code key=value}; {@code gate}: starts at a line;
 * {@code hook}: says so before it stops. */
final class ServeMain {
    private ServeMain() {}

    public static void main(String[] args) throws Exception {
        final CoordinatorContext context = Place.of(args).coordinator();
        context.errorHandler(error -> System.out.println("ERROR " + error));
        for (int i = 3; i < args.length; i++) {
            option(context, args[i]);
        }
        try {
            CoordinatorMain.serve(
                    context,
                    coordinator -> System.out.println("READY " + coordinator.epoch() + " pid="
                            + ProcessHandle.current().pid()));
        } catch (CleatException e) {
            System.out.println("REFUSED " + e.code() + " " + e.getMessage());
            return;
        }
        System.out.println("STOPPED");
    }

    private static void option(CoordinatorContext context, String option) throws Exception {
        final String[] parts = option.split("=", 2);
        switch (parts[0]) {
            case "cycleBytes" ->
                context.requestCycleBytes(Long.parseLong(parts[1])).replyCycleBytes(Long.parseLong(parts[1]));
            case "maxGroup" -> context.maxGroup(Integer.parseInt(parts[1]));
            case "leaseMs" -> context.transactionLeaseNs(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(parts[1])));
            case "stopAfterLastClientMs" -> context.stopAfterLastClient(Duration.ofMillis(Long.parseLong(parts[1])));
            case "debug" -> context.debugLog(line -> System.out.println("LOG " + line));
            case "inMemory" -> context.databaseFile(CoordinatorContext.IN_MEMORY);
            case "hook" -> context.beforeShutdown(() -> System.out.println("HOOK"));
            case "gate" -> {
                System.out.println("WAITING");
                System.in.read();
            }
            default -> throw new IllegalArgumentException(option);
        }
    }
}
