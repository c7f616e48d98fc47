// SPDX-License-Identifier: Apache-2.0
/** What tests of all modules use: real JVMs that can be killed. */
@NullMarked
package io.cleat.testing;

import org.jspecify.annotations.NullMarked;
