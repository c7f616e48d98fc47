// SPDX-License-Identifier: Apache-2.0
/** The API: databases found by name, sessions, rows, table updates. */
@NullMarked
package io.cleat;

import org.jspecify.annotations.NullMarked;
