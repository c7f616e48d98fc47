// SPDX-License-Identifier: Apache-2.0
/** Tests. */
@NullMarked
package io.cleat.tools.torture;

import org.jspecify.annotations.NullMarked;
