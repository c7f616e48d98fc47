// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.Outcome;
import io.cleat.protocol.ValueWriter;
import io.cleat.protocol.codec.ClosingEncoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.ResultEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A goodbye ends what waits as not applied, unless a reply may have been lost before it: then a write may have been applied. */
@Timeout(20)
final class LostRepliesTest {
    private static final int LOST = 2;

    private final List<Throwable> errors = new ArrayList<>();
    private final Replies replies = new Replies(
            new ConcurrentLinkedQueue<>(),
            new OpenSessions(),
            new SessionSettings(),
            (reason, epoch) -> {},
            errors::add);
    private final Call write = call(1, Execution.UPDATE_WITH_ROW_ID, "INSERT INTO t VALUES(1)");
    private final Call read = call(2, Execution.READ, "SELECT 1");

    private Call call(long sequence, Execution execution, String sql) {
        final Request request = new Request(5);
        request.encodeExecute(0, new StatementText(sql, 0), new ValueWriter(), 1, execution, 0);
        final Call call = new Call();
        call.begin(sequence, request, 0, null);
        assertThat(replies.add(sequence, call)).isNull();
        return call;
    }

    private void close(int successor) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(64);
        final ClosingEncoder closing = new ClosingEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(0)
                .successor((short) successor)
                .putReason(new byte[0], 0, 0);
        replies.onRecord(buffer, 0, closing.limit());
    }

    private static Outcome outcome(Call call) {
        return Objects.requireNonNull(call.failed()).outcome();
    }

    @Test
    void shouldSayNotAppliedWhenNothingWasLost() {
        close(0);
        assertThat(outcome(write)).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(outcome(read)).isEqualTo(Outcome.NOT_APPLIED);
    }

    @Test
    void shouldSayUnknownOfAWriteWhenTheCoordinatorSaysThatRepliesWereLost() {
        close(LOST);
        assertThat(outcome(write)).isEqualTo(Outcome.UNKNOWN);
        assertThat(outcome(read)).isEqualTo(Outcome.NOT_APPLIED);
    }

    @Test
    void shouldSayUnknownOfAWriteWhenAReplyWasDamaged() {
        replies.onDamaged(1, "checksum");
        close(0);
        assertThat(outcome(write)).isEqualTo(Outcome.UNKNOWN);
        assertThat(outcome(read)).isEqualTo(Outcome.NOT_APPLIED);
    }

    @Test
    void shouldSayUnknownOfAWriteWhenAReplyCannotBeRead() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(64);
        new ResultEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        replies.onRecord(new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + 1), 0, 9);
        close(0);
        replies.runDue();
        assertThat(errors).hasSize(1);
        assertThat(outcome(write)).isEqualTo(Outcome.UNKNOWN);
        assertThat(outcome(read)).isEqualTo(Outcome.NOT_APPLIED);
    }
}
