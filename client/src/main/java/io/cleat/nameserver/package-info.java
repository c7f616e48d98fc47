// SPDX-License-Identifier: Apache-2.0
/**
 * Who is running: the directory, the file locks that are ownership and life, and {@code names.dat}.
 *
 * <p>May import {@code io.cleat} (errors only), Agrona and the JDK.
 */
@NullMarked
package io.cleat.nameserver;

import org.jspecify.annotations.NullMarked;
