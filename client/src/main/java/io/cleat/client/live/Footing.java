// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.protocol.TableKinds;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a live query stands on: which tables it reads, as the coordinator describes it, and that the coordinator tells of them. In
 * the lane.
 *
 * <p>It begins with the table of the schema itself, so that a schema change after the description is told whatever the query
 * reads, and the query can be described anew: a missing table may appear.
 */
final class Footing {
    private static final TableKinds SCHEMA = TableKinds.of("sqlite_schema", TableKinds.ANY);
    private static final Wish BASE = Wish.of(List.of(SCHEMA));

    /** Told when the footing is known, and again after each renewal. */
    interface Listener {
        /**
         * The footing is known.
         *
         * @param wish its tables.
         * @param failure why the query cannot be described, or the coordinator did not hear of the wish; else null.
         */
        void onFooting(Wish wish, @Nullable CleatException failure);
    }

    private final LiveHub hub;
    private final Routed owner;
    private final Listener listener;
    private final List<String> statements;
    private final List<RawCall> calls = new ArrayList<>();
    private Wish wish = BASE;
    private int missing;
    private boolean busy = true;
    private boolean renewed;
    private boolean over;
    private boolean lapsed;

    Footing(LiveHub hub, Routed owner, List<String> statements, Listener listener) {
        this.hub = hub;
        this.owner = owner;
        this.statements = statements;
        this.listener = listener;
        for (int i = 0; i < statements.size(); i++) {
            calls.add(hub.newCall(this::onDescribed));
        }
    }

    /** Once. */
    void begin() {
        hub.want(owner, wish, failure -> {
            if (over) {
                return;
            }
            if (failure != null) {
                settle(failure);
            } else {
                describe();
            }
        });
    }

    /** The schema may have changed. */
    void renew() {
        if (busy) {
            renewed = true;
        } else {
            busy = true;
            describe();
        }
    }

    /** Whether its tables were not listened to for some time since it was known last: for its listener, when told. */
    boolean hasLapsed() {
        return lapsed;
    }

    static boolean isSchema(TableKinds table) {
        return table.key().equals(SCHEMA.key());
    }

    void end() {
        over = true;
        calls.forEach(RawCall::abandon);
    }

    private void describe() {
        renewed = false;
        missing = calls.size();
        for (int i = 0; i < calls.size(); i++) {
            final String sql = statements.get(i);
            calls.get(i).send(exchange -> exchange.describe(hub.sessionId(), sql, hub.timeoutNs()));
        }
    }

    private void onDescribed() {
        if (--missing > 0 || over) {
            return;
        }
        final List<TableKinds> tables = new ArrayList<>(List.of(SCHEMA));
        @Nullable CleatException failed = null;
        for (int i = 0; i < calls.size() && failed == null; i++) {
            failed = calls.get(i).failure();
            if (failed == null) {
                failed = Description.read(calls.get(i).rows(null), statements.get(i), tables);
            }
        }
        final @Nullable CleatException failure = failed;
        wish = failure == null ? Wish.of(tables) : BASE;
        lapsed |= failure != null;
        hub.want(owner, wish, notHeard -> {
            if (!over) {
                settle(notHeard == null ? failure : notHeard);
            }
        });
    }

    private void settle(@Nullable CleatException failure) {
        if (renewed && hub.isOpen()) {
            describe();
        } else {
            busy = false;
            listener.onFooting(wish, failure);
            lapsed &= failure != null;
        }
    }
}
