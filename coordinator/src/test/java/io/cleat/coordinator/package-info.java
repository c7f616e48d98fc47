// SPDX-License-Identifier: Apache-2.0
/** Tests of the coordinator, by the bytes that clients send and by the client itself. */
@NullMarked
package io.cleat.coordinator;

import org.jspecify.annotations.NullMarked;
