// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code cleat demo}: a coordinator, writers and a reader in JVMs of their own, one of which is killed, and the proof that
 * nothing was lost.
 *
 * <p>May import the client, {@code io.cleat.tools.shell}, picocli and HdrHistogram; SQLite's driver for the last check only.
 */
@NullMarked
package io.cleat.tools.demo;

import org.jspecify.annotations.NullMarked;
