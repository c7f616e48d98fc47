// SPDX-License-Identifier: Apache-2.0
/**
 * JMH benchmarks of the parts that a request passes: codec, queue, and the way there and back. Run them with
 * {@code cleat bench jmh [PATTERN]}.
 */
@NullMarked
package io.cleat.jmh.micro;

import org.jspecify.annotations.NullMarked;
