// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

/**
 * One distinct error of a coordinator.
 *
 * <p>Threading: immutable.
 *
 * @param count how often it was seen.
 * @param firstMs when it was first seen, in milliseconds since 1970.
 * @param lastMs when it was last seen, in milliseconds since 1970.
 * @param text the error with its stack trace.
 */
public record ErrorObservation(int count, long firstMs, long lastMs, String text) {}
