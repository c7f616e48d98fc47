// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.ErrorCode;
import io.cleat.client.LoggedRecords;
import io.cleat.protocol.ClientNumber;
import io.cleat.protocol.MessageLog;
import io.cleat.queue.RecordHandler;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where the interceptors and the debug log listen to what the conductor takes and sends. There is none when nobody listens.
 *
 * <p>Not thread-safe: the conductor's.
 */
final class MessageTap {
    private final @Nullable RequestWatch watch;
    private final @Nullable MessageLog log;

    private MessageTap(@Nullable RequestWatch watch, @Nullable MessageLog log) {
        this.watch = watch;
        this.log = log;
    }

    /** One for those who listen, or null. */
    static @Nullable MessageTap of(CoordinatorContext context, ErrorSink errors) {
        final List<RequestInterceptor> interceptors = context.interceptors();
        final Consumer<String> lines = context.debugLog();
        return interceptors.isEmpty() && lines == null
                ? null
                : new MessageTap(
                        interceptors.isEmpty() ? null : new RequestWatch(interceptors, errors),
                        lines == null
                                ? null
                                : new MessageLog(lines, context.logsParameters(), number -> ErrorCode.of(number)
                                        .name()));
    }

    /** A handler that listens before another one. */
    RecordHandler before(RecordHandler next) {
        final MessageLog to = log;
        return to == null ? next : new LoggedRecords(next, to);
    }

    /** A request is dispatched; throws when it is refused. */
    void dispatched(Request request) {
        if (watch != null) {
            watch.before(request);
        }
    }

    /** A message was written for a client. */
    void sent(AttachedClient client, DirectBuffer message, int lengthBytes) {
        if (log != null) {
            log.log("sent to client=" + ClientNumber.text(client.id), message, 0, lengthBytes);
        }
        if (watch != null) {
            watch.onReply(client, message);
        }
    }
}
