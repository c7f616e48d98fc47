// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.child;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** What a child hears on its standard input. Thread-safe: stateless. */
public final class ChildInput {
    private ChildInput() {}

    /**
     * Follows our input, on a thread of its own.
     *
     * @param go counted down by each line, and by the end.
     * @param end run when the input has ended: whoever started us wants us to end, or has ended himself.
     */
    public static void follow(CountDownLatch go, Runnable end) {
        final Thread watcher = new Thread(
                () -> {
                    try (BufferedReader input =
                            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                        while (input.readLine() != null) {
                            go.countDown();
                        }
                    } catch (IOException e) {
                        // As good as its end.
                    }
                    end.run();
                    go.countDown();
                },
                "cleat-child-input");
        watcher.setDaemon(true);
        watcher.start();
    }
}
