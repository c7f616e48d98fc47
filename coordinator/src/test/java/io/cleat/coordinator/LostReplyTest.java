// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.cleat.protocol.codec.ClosingDecoder;
import io.cleat.protocol.codec.MessageHeaderDecoder;
import io.cleat.queue.QueueSettings;
import io.cleat.queue.RecordHandler;
import io.cleat.queue.RecordReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A reply that cannot be written: the goodbye says so, because the client knows nothing of that write. */
@Timeout(20)
class LostReplyTest {
    @TempDir
    Path folder;

    private final List<String> errors = new ArrayList<>();
    private final List<Integer> said = new ArrayList<>();

    @Test
    void shouldSayWithTheGoodbyeThatRepliesWereLost() throws Exception {
        final AtomicLong space = new AtomicLong(Long.MAX_VALUE);
        final QueueSettings replies = QueueSettings.of(() -> 1).withUsableSpaceBytes(space::get);
        try (AloneClient alone = new AloneClient(folder, 5, Outcomes.create(folder.resolve("5.dat"), 5), replies)) {
            final ReplyProxy proxy = new ReplyProxy(
                    1,
                    () -> 0,
                    new ConductorCounters(alone.status.counters()),
                    (what, error) -> errors.add(what),
                    null,
                    null);
            proxy.closing(alone.client, "before", false);
            space.set(0);
            // The guard asks again now and then only.
            while (errors.isEmpty()) {
                proxy.done(alone.request(7), 1, 1);
            }
            space.set(Long.MAX_VALUE);
            while (said.size() < 2) {
                proxy.closing(alone.client, "after", false);
                read(alone);
            }
            proxy.closing(alone.client, "another", true);
            read(alone);
        }
        assertThat(said.get(0)).isEqualTo(0);
        assertThat(said.get(1)).isEqualTo(2);
        assertThat(said.get(said.size() - 1)).as("the next one knows").isEqualTo(1);
    }

    private void read(AloneClient alone) {
        said.clear();
        final RecordReader reader = alone.client.replies.readerFromStart();
        reader.poll(
                new RecordHandler() {
                    @Override
                    public void onRecord(DirectBuffer buffer, int offset, int length) {
                        final MessageHeaderDecoder header = new MessageHeaderDecoder();
                        header.wrap(buffer, offset);
                        if (header.templateId() == ClosingDecoder.TEMPLATE_ID) {
                            said.add((int) new ClosingDecoder()
                                    .wrap(
                                            buffer,
                                            offset + MessageHeaderDecoder.ENCODED_LENGTH,
                                            header.blockLength(),
                                            header.version())
                                    .successor());
                        }
                    }

                    @Override
                    public void onDamaged(long index, String reason) {
                        throw new AssertionError(reason);
                    }
                },
                100_000);
        reader.close();
    }
}
