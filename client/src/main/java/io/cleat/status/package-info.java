// SPDX-License-Identifier: Apache-2.0
/**
 * The observable state of one coordinator: {@code status.dat}, with counters, the client table and the distinct errors.
 *
 * <p>May import {@code io.cleat} (errors only), {@code io.cleat.nameserver} (mapped files), Agrona and the JDK.
 */
@NullMarked
package io.cleat.status;

import org.jspecify.annotations.NullMarked;
