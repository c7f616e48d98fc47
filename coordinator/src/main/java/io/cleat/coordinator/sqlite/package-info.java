// SPDX-License-Identifier: Apache-2.0
/**
 * SQLite behind a narrow door: statements, changes, commits. Knows no queue and no client.
 *
 * <p>May import the JDK and {@code org.sqlite}, its internal core from {@link io.cleat.coordinator.sqlite.SqliteNative} and
 * {@link io.cleat.coordinator.sqlite.NativeLibrary} alone, and nothing else of {@code io.cleat}.
 */
@NullMarked
package io.cleat.coordinator.sqlite;

import org.jspecify.annotations.NullMarked;
