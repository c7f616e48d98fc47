// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

/** How a statement is run. */
public enum Execution {
    /** One statement. */
    STATEMENT,
    /** One statement, whose last row id is asked for: that costs the coordinator a little. */
    UPDATE_WITH_ROW_ID,
    /** Several statements, all or nothing. */
    SCRIPT
}
