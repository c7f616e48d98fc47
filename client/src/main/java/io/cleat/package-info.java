// SPDX-License-Identifier: Apache-2.0
/** What a user of Cleat programs against: one SQLite database, shared by JVMs that were started independently. */
@NullMarked
package io.cleat;

import org.jspecify.annotations.NullMarked;
