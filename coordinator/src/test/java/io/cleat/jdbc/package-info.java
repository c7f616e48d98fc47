// SPDX-License-Identifier: Apache-2.0
/** The JDBC driver against a real coordinator, side by side with sqlite-jdbc. */
@NullMarked
package io.cleat.jdbc;

import org.jspecify.annotations.NullMarked;
