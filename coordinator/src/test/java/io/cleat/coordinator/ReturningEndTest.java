// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.ErrorCode;
import io.cleat.coordinator.WireReplies.Reply;
import io.cleat.protocol.codec.Outcome;
import io.cleat.protocol.codec.TransactionAction;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A result of RETURNING in a transaction that is not read to its end: the statement has run, so what it is answered is not "not applied". */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ReturningEndTest {
    private static final String INSERT =
            "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
                    + "INSERT INTO t SELECT printf('%0500d', i) FROM n RETURNING a";

    @TempDir
    Path folder;

    private Coordinator coordinator;
    private WireClient client;

    @BeforeEach
    void start() {
        coordinator = Coordinator.invoked(Place.in(folder, "returning").coordinator());
        client = new WireClient(coordinator);
        client.execute(0, "CREATE TABLE t(a)");
    }

    @AfterEach
    void stop() {
        client.close();
        coordinator.close();
    }

    /** What the statement is answered when its transaction ends so. */
    private Reply endedBy(TransactionAction end) {
        client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, 77, 0));
        final long insert = client.send(1, WireClient.soon(), 1, INSERT);
        client.await("the first rows", () -> {
            client.poll();
            return client.received().stream().anyMatch(reply -> reply.sequence() == insert);
        });
        assertThat(client.awaitLast(client.control(1, end)).isFailure()).isFalse();
        return client.awaitLast(insert);
    }

    private long count() {
        return (Long) client.execute(0, "SELECT count(*) FROM t").rows().get(0).get(0);
    }

    @Test
    void shouldNotSayNotAppliedWhenTheTransactionIsCommitted() {
        final Reply reply = endedBy(TransactionAction.COMMIT);
        assertThat(reply.errorCode()).isEqualTo(ErrorCode.CANCELLED.number());
        assertThat(reply.outcome()).isNotEqualTo(Outcome.NOT_APPLIED);
        assertThat(count()).isEqualTo(500);
    }

    @Test
    void shouldSayNotAppliedWhenTheTransactionIsRolledBack() {
        final Reply reply = endedBy(TransactionAction.ROLLBACK);
        assertThat(reply.errorCode()).isEqualTo(ErrorCode.CANCELLED.number());
        assertThat(reply.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(count()).isZero();
    }

    @Test
    void shouldNotSayNotAppliedWhenItsSessionLeavesTheTransactionOfAnother() {
        client.awaitLast(client.control(1, TransactionAction.BEGIN, 0, 77, 0));
        client.awaitLast(client.control(2, TransactionAction.JOIN, 0, 77, 0));
        final long insert = client.send(2, WireClient.soon(), 1, INSERT);
        client.await("the first rows", () -> {
            client.poll();
            return client.received().stream().anyMatch(reply -> reply.sequence() == insert);
        });
        client.awaitLast(client.control(2, TransactionAction.ROLLBACK));
        assertThat(client.awaitLast(insert).outcome()).isNotEqualTo(Outcome.NOT_APPLIED);
        client.awaitLast(client.control(1, TransactionAction.COMMIT));
        assertThat(List.of(count())).containsExactly(500L);
    }
}
