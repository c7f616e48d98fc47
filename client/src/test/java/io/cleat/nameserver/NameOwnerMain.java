// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

import io.cleat.CleatException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A JVM that takes names and locks when it is told to. Commands: register NAME, ready, closing, close, race NAME (register
 * and keep, say won or lost), lock FILE, hold (names.lock, until killed), exit.
 */
final class NameOwnerMain {
    private static @Nullable Registration registration;

    private NameOwnerMain() {}

    public static void main(final String[] arguments) throws IOException {
        final NameServer names = NameServer.open(Path.of(arguments[0]));
        System.out.println("up");
        try (BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            String line = commands.readLine();
            while (line != null && !line.equals("exit")) {
                final int space = line.indexOf(' ');
                final String verb = space < 0 ? line : line.substring(0, space);
                try {
                    System.out.println(verb + " " + run(names, verb, line.substring(space + 1)));
                } catch (final CleatException e) {
                    System.out.println(verb + " " + e.code() + " " + e.getMessage());
                }
                line = commands.readLine();
            }
        }
    }

    private static String run(final NameServer names, final String verb, final String argument) {
        final Registration owned = registration;
        switch (verb) {
            case "register" -> {
                final Registration made = names.register(new NameRequest(argument, "/db/" + argument, 3, "3.54.1"));
                registration = made;
                return Long.toString(made.epoch());
            }
            case "lock" -> {
                return FileLocks.tryAcquire(Path.of(argument)).isPresent() ? "held" : "refused";
            }
            case "hold" -> {
                return FileLocks.acquire(names.directory().namesLock(), 0).isHeld() ? "held" : "lost";
            }
            default -> {
                return owned == null ? "nothing" : move(owned, verb);
            }
        }
    }

    private static String move(final Registration owned, final String verb) {
        switch (verb) {
            case "ready" -> owned.ready();
            case "closing" -> owned.closing();
            case "close" -> owned.close();
            default -> throw new IllegalArgumentException(verb);
        }
        return "done";
    }
}
