// SPDX-License-Identifier: Apache-2.0
package io.cleat.client.live;

import io.cleat.CleatException;
import io.cleat.client.TableChanges;
import io.cleat.protocol.TableKinds;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One listener of table updates: of a fixed wish, or of what a query reads. In the lane. */
final class UpdateSource extends Routed implements Footing.Listener {
    private final LiveHub hub;
    private final UpdateReceiver receiver;
    private final @Nullable Footing footing;
    private Wish wish;
    private boolean listening;

    /** Whether updates of tables that the query reads may not have been told. */
    private boolean missed;

    private boolean retrying;
    private long dueNs;

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
            missed = false;
            onKnown(failure);
        } else if (failure != null) {
            wish = Wish.NOTHING;
            missed = true;
            retrying = Failing.mayPass(failure);
            dueNs = System.nanoTime() + Failing.RETRY_NS;
        } else {
            // Between the change of the schema and this, updates of tables that are read since may have been missed.
            missed |= !(wish.covers(newWish) && newWish.covers(wish)) || (footing != null && footing.hasLapsed());
            wish = newWish;
            retrying = false;
            if (missed) {
                missed = false;
                receiver.onChanges(wish, new TableChanges(hub.toldSequence(), List.of(), true, true, false, false));
            }
        }
    }

    void onTick(long nowNs) {
        if (retrying && footing != null && nowNs - dueNs >= 0) {
            retrying = false;
            footing.renew();
        }
    }

    @Override
    void onChanges(TableChanges changes) {
        if (listening && !receiver.isClosed()) {
            receiver.onChanges(wish, changes);
        }
        if (footing != null && (changes.schema() || changes.anything())) {
            missed |= changes.schema() && isTouchedBy(changes);
            footing.renew();
        }
    }

    private boolean isTouchedBy(TableChanges changes) {
        for (TableKinds table : changes.tables()) {
            if (!Footing.isSchema(table) && wish.kinds(table.key()) != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    void onEnd() {
        close();
        receiver.onEnd();
    }
}
