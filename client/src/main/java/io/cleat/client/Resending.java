// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.protocol.codec.KeepStatementEncoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.SessionLostEncoder;
import io.cleat.protocol.codec.SessionSettingEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a client tells a coordinator that took over, before anything else: the texts that its waiting requests refer to, the settings of its
 * sessions, which sessions have lost something, then the requests again. See "Attaching anew" in docs/outcome.md.
 *
 * <p>One thread, which has the lock of the {@link RequestProxy}; made for one attachment.
 */
final class Resending {
    private final Replies replies;
    private final OpenSessions sessions;
    private final SessionSettings settings;
    private final long clientId;
    private final Runnable check;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(256);

    /** {@code check} throws when it is of no use any more. */
    Resending(Replies replies, OpenSessions sessions, SessionSettings settings, long clientId, Runnable check) {
        this.settings = settings;
        this.replies = replies;
        this.sessions = sessions;
        this.clientId = clientId;
        this.check = check;
    }

    /** While waiting for room: throws a {@link CleatException} when that coordinator is gone too, or the connection has ended. */
    void check() {
        check.run();
    }

    void run(RequestProxy proxy, long epoch) {
        check();
        final long[] waiting = replies.waiting();
        for (StatementText text : referred(waiting)) {
            final KeepStatementEncoder keep = new KeepStatementEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .epoch(epoch)
                    .clientId(clientId)
                    .statementId(text.id())
                    .putSql(text.utf8(), 0, text.utf8().length);
            proxy.write(buffer, keep.limit(), this);
            text.sentTo(epoch);
            if (text.isEvicted()) {
                proxy.forget(text);
            }
        }
        for (SessionSettings.Setting each : settings.all()) {
            final byte[] utf8 = each.sql().getBytes(StandardCharsets.UTF_8);
            final SessionSettingEncoder setting = new SessionSettingEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .epoch(epoch)
                    .clientId(clientId)
                    .sessionId(each.sessionId())
                    .putSql(utf8, 0, utf8.length);
            proxy.write(buffer, setting.limit(), this);
        }
        final Map<Integer, Long> commits = replies.waitingCommits();
        for (int session : sessions.ids()) {
            final SessionLostEncoder lost = new SessionLostEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .epoch(epoch)
                    .clientId(clientId)
                    .commitSequence(commits.getOrDefault(session, 0L))
                    .sessionId(session)
                    .exclusive((short) (sessions.hasLock(session) ? 1 : 0));
            proxy.write(buffer, lost.limit(), this);
        }
        for (long sequence : waiting) {
            final boolean isCancelled = replies.isCancelAsked(sequence);
            proxy.writeAgain(sequence, this);
            if (isCancelled) {
                replies.whileWaiting(sequence, request -> replies.cancel(sequence, request.sessionId()));
            }
        }
    }

    private Set<StatementText> referred(long[] waiting) {
        final Set<StatementText> texts = new LinkedHashSet<>();
        for (long sequence : waiting) {
            replies.whileWaiting(sequence, request -> {
                final @Nullable StatementText text = request.referredStatement();
                if (text != null) {
                    texts.add(text);
                }
            });
        }
        return texts;
    }

    static CleatException closed() {
        return new CleatException(ErrorCode.CLOSED, "the database was closed");
    }
}
