// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** What became of a request that failed. */
public enum Outcome {
    /** It had no effect: a promise. */
    NOT_APPLIED,
    /** It may or may not have been applied. */
    UNKNOWN,
    /** It had its effect; what is missing is its result. */
    APPLIED
}
