// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.Connection;
import io.cleat.client.live.LiveHub;
import io.cleat.client.live.LiveReceiver;
import io.cleat.client.live.QueryKey;
import io.cleat.client.live.TransactionQueries;
import java.util.List;

/** Where the live queries of a transaction, or of a savepoint in one, run. Thread-safe. */
record TransactionOrigin(Connection connection, TransactionQueries queries, Object scope) implements LiveQuery.Origin {
    @Override
    public void enter() {
        LiveHub.of(connection).enter();
    }

    @Override
    public void leave() {
        LiveHub.of(connection).leave();
    }

    @Override
    public void listen(List<QueryKey> keys, LiveReceiver receiver) {
        queries.listen(scope, keys.get(0), receiver);
    }

    @Override
    public void changed(LiveReceiver receiver) {
        queries.changed(receiver);
    }
}
