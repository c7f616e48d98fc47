// SPDX-License-Identifier: Apache-2.0
/**
 * Table updates and live queries as encoded bytes: who listens, what the coordinator is to tell, when a query runs again. Not for
 * users, whatever is public here.
 *
 * <p>May import {@code io.cleat} (exceptions), {@code io.cleat.client}, {@code io.cleat.protocol} and Agrona.
 *
 * <p><b>Threads.</b> All state is confined to one {@link io.cleat.client.live.Lane} a connection: tasks that run one at a time on
 * whichever thread polls, never in the lead, and never wait for a reply. User code runs in a
 * {@link io.cleat.client.live.Delivery}, on the completion executor, one step at a time, and never inside a task of the lane.
 */
@NullMarked
package io.cleat.client.live;

import org.jspecify.annotations.NullMarked;
