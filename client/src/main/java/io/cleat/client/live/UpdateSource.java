// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.client.TableChanges;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One listener of table updates: of a fixed wish, or of what a query reads. In the lane. */
final class UpdateSource extends Routed implements Footing.Listener {
    private final LiveHub hub;
    private final UpdateReceiver receiver;
    private final @Nullable Footing footing;
    private Wish wish;
    private boolean listening;

    UpdateSource(LiveHub hub, UpdateReceiver receiver, Wish wish) {
        this.hub = hub;
        this.receiver = receiver;
        this.wish = wish;
        this.footing = null;
    }

    UpdateSource(LiveHub hub, UpdateReceiver receiver, String sql) {
        this.hub = hub;
        this.receiver = receiver;
        this.wish = Wish.NOTHING;
        this.footing = new Footing(hub, this, List.of(sql), this);
    }

    UpdateReceiver receiver() {
        return receiver;
    }

    void begin() {
        if (footing != null) {
            footing.begin();
        } else {
            hub.want(this, wish, this::onKnown);
        }
    }

    void close() {
        if (footing != null) {
            footing.end();
        }
    }

    private void onKnown(@Nullable CleatException failure) {
        listening = failure == null;
        if (failure != null) {
            hub.drop(this);
        }
        receiver.onListening(failure);
    }

    @Override
    public void onFooting(Wish newWish, @Nullable CleatException failure) {
        if (!listening) {
            wish = newWish;
            onKnown(failure);
        } else if (failure == null && !(wish.covers(newWish) && newWish.covers(wish))) {
            // Between the change of the schema and this, updates of tables that are read since may have been missed.
            wish = newWish;
            receiver.onChanges(wish, new TableChanges(hub.commitSequence(), List.of(), true, true, false, false));
        }
    }

    @Override
    void onChanges(TableChanges changes) {
        if (listening && !receiver.isClosed()) {
            receiver.onChanges(wish, changes);
        }
        if (footing != null && (changes.schema() || changes.anything())) {
            footing.renew();
        }
    }

    @Override
    void onEnd() {
        close();
        receiver.onEnd();
    }
}
