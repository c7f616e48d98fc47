// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.live.LiveHub;
import io.cleat.client.live.LiveReceiver;
import io.cleat.client.live.QueryKey;
import io.cleat.client.live.TransactionQueries;
import java.util.List;

/** Where a query is live: in a database, or in a transaction. Thread-safe. */
interface LiveTarget {
    /** That of the connection. */
    LiveHub hub();

    /** Adds a listener. */
    void listen(List<QueryKey> keys, LiveReceiver receiver);

    /** A listener was paused, resumed or closed. */
    void changed(LiveReceiver receiver);

    /** In a database. */
    record OfDatabase(LiveHub hub) implements LiveTarget {
        @Override
        public void listen(List<QueryKey> keys, LiveReceiver receiver) {
            hub.listen(keys, receiver);
        }

        @Override
        public void changed(LiveReceiver receiver) {
            hub.changed(receiver);
        }
    }

    /** In a transaction, or a savepoint in one: the scope. */
    record OfTransaction(LiveHub hub, TransactionQueries queries, Object scope) implements LiveTarget {
        @Override
        public void listen(List<QueryKey> keys, LiveReceiver receiver) {
            queries.listen(scope, keys.get(0), receiver);
        }

        @Override
        public void changed(LiveReceiver receiver) {
            queries.changed(receiver);
        }
    }
}
