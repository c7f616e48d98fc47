// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

/**
 * One slot of the client table at a moment.
 *
 * <p>Threading: immutable.
 *
 * @param slot index of the slot.
 * @param state never FREE.
 * @param clientId of the client.
 * @param name what it calls itself; empty while CLAIMED.
 * @param pid of its process.
 * @param processStartMs when that started, in milliseconds since 1970; 0 if unknown.
 * @param attachedAtMs when it asked to be attached, in milliseconds since 1970.
 * @param protocolMin the oldest version that it speaks.
 * @param protocolMax the newest version that it speaks.
 * @param negotiatedVersion the version spoken; 0 before ATTACHED.
 * @param heartbeatNs when it last said that it runs, in the time of CLOCK_MONOTONIC.
 * @param requestCount requests taken from it.
 * @param requestConsumedBytes bytes of requests taken from it.
 * @param replyWrittenBytes bytes of replies written for it.
 * @param replyConsumedBytes bytes of replies that it has read.
 * @param replyReadCycle the cycle of its reply queue that it reads.
 * @param openSessions sessions open now.
 * @param openCursors results open now.
 * @param refusal why it was refused; empty otherwise.
 */
public record ClientSnapshot(
        int slot,
        ClientSlotState state,
        long clientId,
        String name,
        long pid,
        long processStartMs,
        long attachedAtMs,
        int protocolMin,
        int protocolMax,
        int negotiatedVersion,
        long heartbeatNs,
        long requestCount,
        long requestConsumedBytes,
        long replyWrittenBytes,
        long replyConsumedBytes,
        int replyReadCycle,
        int openSessions,
        int openCursors,
        String refusal) {}
