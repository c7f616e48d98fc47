// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

/**
 * A request that was given up, until the coordinator has been told.
 *
 * @param sequence of the request.
 * @param sessionId of the request.
 */
record Cancelled(long sequence, int sessionId) {}
