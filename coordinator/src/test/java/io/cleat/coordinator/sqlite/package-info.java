// SPDX-License-Identifier: Apache-2.0
/** Tests of the narrow door, against real SQLite. */
@NullMarked
package io.cleat.coordinator.sqlite;

import org.jspecify.annotations.NullMarked;
