// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.awaitility.Awaitility.await;

import io.cleat.ScriptedPeer.Received;
import io.cleat.protocol.Columns;
import io.cleat.protocol.ValueReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database whose coordinator is a peer that does exactly what each test says. */
@Timeout(30)
@SuppressWarnings("NullAway") // each test opens for itself
abstract class ScriptedPeerTest {
    static final Columns ONE = Columns.of(List.of("v"), Collections.singletonList("INTEGER"));

    @TempDir
    Path folder;

    ScriptedPeer peer;
    Database database;

    @AfterEach
    void shouldLeaveNoThreadWhenClosed() {
        database.close();
        peer.close();
        await().atMost(Duration.ofSeconds(5)).until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("cleat-")));
    }

    final void open(BiConsumer<ScriptedPeer, Received> script) {
        open(script, new ClientContext());
    }

    final void open(BiConsumer<ScriptedPeer, Received> script, ClientContext context) {
        peer = new ScriptedPeer(folder, script);
        database = Database.open(context.name(ScriptedPeer.NAME).directory(folder));
    }

    static void ignore(ScriptedPeer peer, Received request) {}

    static long firstLong(Received request) {
        final ValueReader reader =
                new ValueReader().wrap(new UnsafeBuffer(request.parameters()), 0, request.parameters().length);
        reader.next();
        return reader.longValue();
    }
}
