// SPDX-License-Identifier: Apache-2.0
/**
 * JDBC over the sessions of the client API: what existing Java code uses. {@code docs/jdbc.md} says how it behaves.
 *
 * <p>May import {@code io.cleat}, {@code io.cleat.nameserver.DatabaseName}, {@code io.cleat.protocol.StorageClass} and the JDK.
 */
@NullMarked
package io.cleat.jdbc;

import org.jspecify.annotations.NullMarked;
