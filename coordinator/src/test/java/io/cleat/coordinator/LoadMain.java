// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.Database;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs the script in the file that is its fourth argument, in a JVM of its own. */
final class LoadMain {
    private LoadMain() {}

    public static void main(String[] args) throws Exception {
        final String script = Files.readString(Path.of(args[3]));
        try (Database database = Place.of(args).open()) {
            System.out.println("LOADED " + database.script(script).changeCount());
        }
    }
}
