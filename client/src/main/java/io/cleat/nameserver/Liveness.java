// SPDX-License-Identifier: Apache-2.0
package io.cleat.nameserver;

/**
 * What the owner lock says about an entry. The pid says nothing: it may be another's by now.
 *
 * <p>Threading: immutable.
 */
public enum Liveness {
    /** The owner holds its lock. */
    LIVE,
    /** The owner died; the entry is cleaned by whoever registers next. */
    STALE,
    /** The lock was not asked: the look-up was lock-free, or names.lock could not be had in time. */
    UNKNOWN
}
