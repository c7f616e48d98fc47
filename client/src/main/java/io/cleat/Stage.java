// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** How far a request came that failed. */
public enum Stage {
    /** It had not begun to run: a promise. */
    NOT_STARTED,
    /** It had begun to run, and was stopped. */
    STARTED,
    /** This side gave up without the coordinator's word. */
    UNKNOWN
}
