// SPDX-License-Identifier: Apache-2.0
/**
 * JVMs that a command starts, what they hear of it, and the folders of such a run. May import the client and nothing else of the tools.
 */
@NullMarked
package io.cleat.tools.child;

import org.jspecify.annotations.NullMarked;
