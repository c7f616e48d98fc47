// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.coordinator.sqlite.SqliteConnection;
import io.cleat.coordinator.sqlite.SqliteException;
import io.cleat.coordinator.sqlite.StatementKind;
import io.cleat.protocol.codec.ExecuteDecoder;
import io.cleat.protocol.codec.MessageHeaderEncoder;
import io.cleat.protocol.codec.TransactionAction;
import io.cleat.protocol.codec.TransactionControlEncoder;
import io.cleat.status.StatusFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Executes what clients had sent to a former coordinator that are dead, before the coordinator serves: docs/outcome.md. The queues were moved aside before; they go
 * when all of it is done, so who dies in it leaves it to the next one, and what was done has its outcome.
 *
 * <p>Not thread-safe: of the thread that makes the coordinator.
 */
final class RequestRecovery {
    private final DatabaseFolder folder;
    private final CoordinatorContext context;
    private final Conductor conductor;
    private final StatusFile status;
    private final EvidenceForm form;
    private final Refusals refusals;
    private final SqliteConnection writer;
    private final long epoch;
    private final ErrorSink errors;
    private int executed;
    private int failed;
    private int skipped;

    @SuppressWarnings("TooManyParameters")
    RequestRecovery(
            DatabaseFolder folder,
            CoordinatorContext context,
            Conductor conductor,
            StatusFile status,
            EvidenceForm form,
            Refusals refusals,
            SqliteConnection writer,
            long epoch,
            ErrorSink errors) {
        this.folder = folder;
        this.context = context;
        this.conductor = conductor;
        this.status = status;
        this.form = form;
        this.refusals = refusals;
        this.writer = writer;
        this.epoch = epoch;
        this.errors = errors;
    }

    /**
     * Executes all that was left.
     *
     * @return how much that was, in words; empty when nothing was left.
     */
    String run() {
        final List<Path> left = folder.recoverable();
        for (final Path queue : left) {
            if (!form.isSameLife()) {
                tell("nothing is known of what became of the requests in " + queue + ": they are not executed");
                skipped++;
            } else {
                client(queue, ClientRemains.id(queue));
            }
        }
        // From here on nothing of them can be executed.
        folder.deleteRecoverable();
        refusals.clear();
        return left.isEmpty()
                ? ""
                : "queues=" + left.size() + " executed=" + executed + " failed=" + failed + " skipped=" + skipped;
    }

    private void client(Path queue, long clientId) {
        final KnownOutcomes outcomes = form.outcomes().attach(clientId, Long.MAX_VALUE);
        final List<String> notRun = new ArrayList<>();
        final List<List<RecoveredRequest>> units;
        try {
            units = new RecoveredQueue(
                            clientId,
                            context.maxRequestBytes(),
                            outcomes::find,
                            sequence -> refusals.contains(clientId, sequence),
                            sessionId -> refusals.hadSettings(clientId, sessionId),
                            notRun)
                    .read(queue);
        } catch (RuntimeException | OutOfMemoryError e) {
            skipped++;
            errors.onError("a request queue cannot be read: nothing of it is executed", e);
            return;
        }
        skipped += notRun.size();
        for (final String each : notRun) {
            tell("a request of client=" + clientId + " is not executed: " + each);
        }
        if (units.isEmpty()) {
            return;
        }
        try (RecoveryCaller caller =
                new RecoveryCaller(clientId, conductor, folder, status, context, outcomes, form.isSameBoot())) {
            for (final List<RecoveredRequest> unit : units) {
                execute(caller, clientId, unit);
            }
        }
    }

    private void execute(RecoveryCaller caller, long clientId, List<RecoveredRequest> unit) {
        if (unit.size() == 1 && reads(unit.get(0))) {
            return;
        }
        String problem = null;
        int done = 0;
        while (done < unit.size() && problem == null) {
            problem = caller.call(unit.get(done), epoch);
            done++;
        }
        if (problem == null) {
            executed++;
            return;
        }
        failed++;
        tell("a request of client=" + clientId + " failed: " + unit.get(done - 1) + ": " + problem);
        if (unit.size() > 1 && done > 1) {
            // Whole or not at all; and nobody tries its COMMIT again.
            final RecoveredRequest commit = unit.get(unit.size() - 1);
            refusals.add(clientId, commit.sequence());
            caller.send(rollback(clientId, commit), commit.sequence());
        }
    }

    private UnsafeBuffer rollback(long clientId, RecoveredRequest commit) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final TransactionControlEncoder encoder = new TransactionControlEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .epoch(epoch)
                .clientId(clientId)
                .sequence(commit.sequence())
                .deadlineNs(System.nanoTime() + Long.MAX_VALUE / 4)
                .sessionId(commit.sessionId())
                .savepoint(0)
                .action(TransactionAction.ROLLBACK)
                .token(0)
                .leaseNs(0);
        return new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    /** What only reads nobody waits for. */
    private boolean reads(RecoveredRequest request) {
        if (request.templateId() != ExecuteDecoder.TEMPLATE_ID) {
            return false;
        }
        try {
            return writer.describe(request.sql()).kind() == StatementKind.READ;
        } catch (SqliteException e) {
            // A script, or what fails: the conductor says it.
            return false;
        }
    }

    private void tell(String what) {
        errors.onError("requests of a former coordinator", new CleatException(ErrorCode.COORDINATOR_LOST, what));
    }

    /** {@return null when there is nothing to recover in this mode} */
    static @Nullable Refusals refusals(CoordinatorContext context, DatabaseFolder folder, ErrorSink errors) {
        return context.recoverRequests()
                ? new Refusals(
                        folder.refusals(),
                        context.synchronous() != io.cleat.coordinator.sqlite.Synchronous.NORMAL,
                        errors)
                : null;
    }
}
