// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

/** How a statement is run. */
public enum Execution {
    /** One statement. */
    STATEMENT,
    /** One statement, whose last row id is asked for: that costs the coordinator a little. */
    UPDATE_WITH_ROW_ID,
    /** One statement, which is refused if it may write. */
    READ,
    /** Several statements, all or nothing. */
    SCRIPT
}
