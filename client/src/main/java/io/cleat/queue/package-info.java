// SPDX-License-Identifier: Apache-2.0
/**
 * Moves opaque records between processes; the only package that imports Chronicle ({@code net.openhft}). It may import
 * {@code io.cleat} (exceptions) and Agrona's buffers, and knows nothing of what the bytes mean.
 */
@NullMarked
package io.cleat.queue;

import org.jspecify.annotations.NullMarked;
