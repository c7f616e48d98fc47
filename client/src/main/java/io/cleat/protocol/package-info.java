// SPDX-License-Identifier: Apache-2.0
/**
 * What the bytes mean: the schema's codecs, the encoding of values, rows and columns, protocol versions.
 *
 * <p>Imports Agrona only; knows no queue, no file and no process.
 */
@NullMarked
package io.cleat.protocol;

import org.jspecify.annotations.NullMarked;
