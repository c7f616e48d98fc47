// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The failure in the coordinator, as cause of the one in the client: its text and its frames. Immutable. */
final class RemoteFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final int MAX_FRAMES = 1024;
    private static final Pattern FRAME =
            Pattern.compile("\\s*at (?:[^()/]*/)*([^()/]+)\\.([^.()]+)\\(([^():]+)(?::(\\d+))?\\)");

    private RemoteFailure(String message) {
        super(message, null, false, true);
    }

    /** Reads what {@link Throwable#printStackTrace()} printed; what is no frame stays in the message. */
    static RemoteFailure parse(String trace) {
        final StringBuilder message = new StringBuilder("in the coordinator: ");
        final List<StackTraceElement> frames = new ArrayList<>();
        boolean cause = false;
        for (String line : trace.split("\n", -1)) {
            final Matcher matcher = FRAME.matcher(line);
            if (matcher.matches() && frames.size() < MAX_FRAMES) {
                if (!cause) {
                    final String number = matcher.group(4);
                    frames.add(new StackTraceElement(
                            matcher.group(1),
                            matcher.group(2),
                            matcher.group(3),
                            number == null || number.length() > 9 ? -1 : Integer.parseInt(number)));
                }
            } else if (!line.isBlank()) {
                // Frames of causes would read as the frames of the failure itself: only their heads are kept.
                cause |= line.startsWith("Caused by:");
                message.append(frames.isEmpty() ? "" : "\n").append(line.strip());
            }
        }
        final RemoteFailure failure = new RemoteFailure(message.toString());
        failure.setStackTrace(frames.toArray(StackTraceElement[]::new));
        return failure;
    }
}
