// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordQueue;
import io.cleat.status.ClientSlot;
import io.cleat.status.StatusFile;
import io.cleat.status.StatusIdentity;
import java.nio.file.Files;
import java.nio.file.Path;

/** A client that is attached to no coordinator, with real queues and a real slot, for tests of what works on clients. One thread only. */
final class AloneClient implements AutoCloseable {
    final StatusFile status;
    final AttachedClient client;

    AloneClient(Path folder, long id, KnownOutcomes outcomes) throws Exception {
        this(folder, id, outcomes, QueueSettings.of(() -> 1));
    }

    AloneClient(Path folder, long id, KnownOutcomes outcomes, QueueSettings replies) throws Exception {
        final Path own = Files.createTempDirectory(folder, "client");
        status =
                StatusFile.create(own.resolve("status"), new StatusIdentity("alone", 1, 1, 1, "none", "3.0", "sqlite"));
        final ClientSlot slot = status.clients().claim(id).orElseThrow();
        slot.identify(1, 1, "alone", 1);
        slot.request(id);
        client = new AttachedClient(
                slot,
                RecordQueue.create(own.resolve("requests"), QueueSettings.of(() -> 1)),
                RecordQueue.create(own.resolve("replies"), replies),
                new ReplyCycle(1 << 20),
                outcomes,
                ClientLimits.defaults());
    }

    /** Of session 9. */
    Request request(long sequence) {
        final Request request = new Request(client.session(9));
        request.sequence = sequence;
        return request;
    }

    @Override
    public void close() {
        client.requests.close();
        client.replies.close();
    }
}
