// SPDX-License-Identifier: Apache-2.0
/**
 * What every command of the tool shares: options, exit codes, errors in one line, tables, CSV, JSON and the terminal.
 *
 * <p>May import the client module and picocli; not the commands.
 */
@NullMarked
package io.cleat.tools.shell;

import org.jspecify.annotations.NullMarked;
