// SPDX-License-Identifier: Apache-2.0
/**
 * The load generator: one process forks coordinators, clients and plain SQLite users, and compares what they reach.
 *
 * <p>Imports the client's API, the coordinator's launch and sqlite-jdbc; nothing imports this.
 */
@NullMarked
package io.cleat.jmh;

import org.jspecify.annotations.NullMarked;
