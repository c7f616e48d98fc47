// SPDX-License-Identifier: Apache-2.0
/**
 * The process, or thread of a process, that owns one database and serves its clients: the duty cycle, sessions, the write turn.
 *
 * <p>May import the client module and {@code io.cleat.coordinator.sqlite}; never Chronicle and never JDBC.
 */
@NullMarked
package io.cleat.coordinator;

import org.jspecify.annotations.NullMarked;
