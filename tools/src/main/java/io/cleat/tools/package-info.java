// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code cleat} command: one class a subcommand.
 *
 * <p>May import the client, the coordinator and picocli. Reads only, but for the commands that say otherwise.
 */
@NullMarked
package io.cleat.tools;

import org.jspecify.annotations.NullMarked;
