// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.tools.child.Folders;

/** What the demo says before it begins. Thread-safe: stateless. */
final class DemoText {
    private DemoText() {}

    /** Three lines and where things are. */
    static void intro(Screen screen, Plan plan, Folders folders) {
        screen.say("A coordinator JVM owns one SQLite file and serves it under the name \"" + TelemetryTable.DATABASE
                + "\"; nobody else opens the file.");
        screen.say((plan.writers() == 1 ? "One telemetry JVM knows" : plan.writers() + " telemetry JVMs know")
                + " only that name and write real figures of themselves and the machine, up to "
                + String.format("%,d", plan.rate()) + " rows a second each.");
        screen.say("A reader JVM knows only the name and shows what they wrote."
                + (plan.victim() < 0
                        ? ""
                        : " After " + plan.seconds() / 2 + " s one of them is killed with -9; "
                                + "in the end we count what is there."));
        screen.say("");
        screen.say("  file    " + Plan.database(folders) + "  (synchronous=" + plan.synchronous() + ", so "
                + ("FULL".equalsIgnoreCase(plan.synchronous())
                        ? "each answer waits for the disk)"
                        : "an answer does not wait for the disk)"));
        screen.say("  shared  " + folders.shared());
        screen.say("");
    }
}
