// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.demo;

import io.cleat.tools.shell.Terminal;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the demo shows itself: on a terminal a table that is redrawn in place with news above it, else plain lines with the time
 * in front. Not thread-safe.
 */
final class Screen {
    private static final int WIDTH = 118;

    private final PrintWriter out;
    private final boolean redraw;
    private final long startNs = System.nanoTime();
    private List<String> frame = List.of();

    /**
     * Begins.
     *
     * @param out takes what is shown.
     * @param redraw whether the cursor may be moved.
     */
    Screen(PrintWriter out, boolean redraw) {
        this.out = out;
        this.redraw = redraw;
    }

    /** {@return whether the table is redrawn in place} */
    boolean redraws() {
        return redraw;
    }

    /** A line that stays. */
    void say(String line) {
        erase();
        out.println(line);
        draw();
        out.flush();
    }

    /** News, with the time in front. */
    void tell(String news) {
        say(time() + news);
    }

    /** The newest state of the table. */
    void show(List<String> lines) {
        if (redraw) {
            erase();
            final List<String> cut = new ArrayList<>();
            lines.forEach(line -> cut.add(Terminal.cut(line, WIDTH)));
            frame = cut;
            draw();
        } else {
            lines.forEach(line -> out.println(time() + line));
        }
        out.flush();
    }

    /** The table stays as it is from now on. */
    void keep() {
        frame = List.of();
    }

    private String time() {
        return String.format("%5.1fs  ", (System.nanoTime() - startNs) / 1e9);
    }

    private void erase() {
        if (!frame.isEmpty()) {
            out.print("\u001b[" + frame.size() + "A\r\u001b[J");
        }
    }

    private void draw() {
        frame.forEach(out::println);
    }
}
