// SPDX-License-Identifier: Apache-2.0
package io.cleat.queue;

import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.LongAdder;
import net.openhft.chronicle.core.Jvm;
import net.openhft.chronicle.core.onoes.ExceptionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/** Routes what Chronicle says to {@link QueueLog} and sets the properties it reads once. Thread-safe. */
final class ChronicleLog {
    static final LongAdder WARNINGS = new LongAdder();
    static final LongAdder ERRORS = new LongAdder();
    static volatile QueueLog target = ChronicleLog::toSystemLogger;

    static {
        // Read by Chronicle when its classes are initialised, so they are set before any of them is touched. What an
        // application has set itself stays, but for the phone-home, which nobody may switch on through us.
        System.setProperty("chronicle.analytics.disable", "true");
        setDefault("chronicle.announcer.disable");
        // Our own guard watches the space; theirs is a thread that only warns.
        setDefault("chronicle.disk.monitor.disable");
        setDefault("disable.perf.info");
        setDefault("disable.debug.info");
    }

    private ChronicleLog() {}

    /** Called before the first queue opens; later calls do nothing that matters. */
    static void install() {
        Jvm.setExceptionHandlers(new Route(Level.ERROR), new Route(Level.WARNING), null, null);
    }

    private static void setDefault(String property) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, "true");
        }
    }

    private static void say(Level level, String source, @Nullable String message, @Nullable Throwable thrown) {
        (level == Level.ERROR ? ERRORS : WARNINGS).increment();
        String text = message == null ? "" : message;
        target.log(
                level, source, text.isEmpty() && thrown != null ? String.valueOf(thrown.getMessage()) : text, thrown);
    }

    private static void toSystemLogger(Level level, String source, String message, @Nullable Throwable thrown) {
        System.getLogger("io.cleat.queue").log(level, source + ": " + message, thrown);
    }

    /** One level. Both methods are needed: the one with a class would ask slf4j for a logger first. */
    private record Route(Level level) implements ExceptionHandler {
        @Override
        public void on(Class<?> source, @Nullable String message, @Nullable Throwable thrown) {
            say(level, source.getName(), message, thrown);
        }

        @Override
        public void on(Logger source, @Nullable String message, @Nullable Throwable thrown) {
            say(level, source.getName(), message, thrown);
        }
    }
}
