// SPDX-License-Identifier: Apache-2.0
/** One program a library: how it is set up for Cleat, and that what people use of it works. {@code docs/jdbc.md} has the table. */
@NullMarked
package io.cleat.libraries;

import org.jspecify.annotations.NullMarked;
