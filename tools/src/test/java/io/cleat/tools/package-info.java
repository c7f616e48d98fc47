// SPDX-License-Identifier: Apache-2.0
/** Tests of the commands: in this JVM where nothing is served, in JVMs of their own where something is. */
@NullMarked
package io.cleat.tools;

import org.jspecify.annotations.NullMarked;
