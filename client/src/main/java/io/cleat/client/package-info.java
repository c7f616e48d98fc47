// SPDX-License-Identifier: Apache-2.0
/**
 * The machinery behind {@code io.cleat}: attaching, sending requests, polling and sorting replies. Not for users, whatever is
 * public here.
 *
 * <p>May import {@code io.cleat} (exceptions, {@code ClientContext}), {@code io.cleat.protocol}, {@code io.cleat.queue},
 * {@code io.cleat.status}, {@code io.cleat.nameserver} and Agrona.
 *
 * <h2>Who touches which memory, who may block, and what if it dies there</h2>
 *
 * <ul>
 *   <li><b>Sending.</b> A request is encoded in the {@link io.cleat.client.Request} of its owner, then copied into the request
 *       queue in one step under the writer lock of {@link io.cleat.client.RequestProxy}, which also gives it its sequence: the
 *       order in the queue is the order of the sequences. Waiting for room in the window happens outside the lock, except between
 *       the fragments of a long request. A process that dies while it copies stalls other writers for a moment; one that dies
 *       between fragments leaves a piece that the coordinator drops.
 *   <li><b>Receiving.</b> The reply queue has one reader, used by whoever holds the lead: a waiting caller takes it for one poll
 *       at a time, the background thread when nobody waits. The leader copies each chunk into the {@link io.cleat.client.Call} of
 *       its sequence, under that call's monitor, and signals by a volatile write; the owner takes the bytes away under the same
 *       monitor, by exchanging buffers. Monitors are held for one copy and never while waiting. No user code runs in the lead.
 *   <li><b>Ending.</b> {@link io.cleat.client.Replies} is the one place that knows whether the connection has ended: it then fails
 *       every call that waits and refuses new ones. Queues are closed after that, under the writer lock and the lead, so nobody is
 *       inside them. {@code status.dat} stays mapped as long as somebody refers to it.
 * </ul>
 */
@NullMarked
package io.cleat.client;

import org.jspecify.annotations.NullMarked;
