// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The other JVM of the multi-process tests. */
final class QueueChild {
    private QueueChild() {}

    /** Starts a JVM that runs {@link #main}, with the needed options or without any. */
    static Process start(boolean withFlags, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        if (withFlags) {
            command.addAll(Arrays.asList(JvmFlags.line().split(" ", -1)));
        }
        command.addAll(List.of("-Xmx128m", "-cp", System.getProperty("java.class.path"), QueueChild.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        Records.Cycle cycle = new Records.Cycle();
        switch (arguments[0]) {
            case "flags" -> Records.queue(directory, cycle);
            case "halt" -> {
                RecordWriter writer = Records.queue(directory, cycle).writer();
                Records.write(writer, 1, 2);
                writer.insideDocument = () -> Runtime.getRuntime().halt(9);
                Records.write(writer, 49);
            }
            case "hold" -> {
                RecordWriter writer = Records.queue(directory, cycle).writer();
                writer.insideDocument = () -> {
                    System.out.println("holding");
                    try {
                        if (System.in.read() < 0) {
                            System.out.println("released");
                        }
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                };
                Records.write(writer, 7);
                System.out.println("written");
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }
}
