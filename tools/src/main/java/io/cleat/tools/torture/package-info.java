// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code cleat torture}: JVMs that write, transfer, read and listen, while the coordinator and they themselves are killed and
 * suspended at random; in the end what each was told is compared with what the database holds.
 *
 * <p>May import the client, {@code io.cleat.tools.child}, {@code io.cleat.tools.shell} and picocli; SQLite's driver for making the
 * tables and for the checks at the end only.
 */
@NullMarked
package io.cleat.tools.torture;

import org.jspecify.annotations.NullMarked;
