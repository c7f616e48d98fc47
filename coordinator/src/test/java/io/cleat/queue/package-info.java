// SPDX-License-Identifier: Apache-2.0
/** What tests need of the inside of queues. */
@NullMarked
package io.cleat.queue;

import org.jspecify.annotations.NullMarked;
