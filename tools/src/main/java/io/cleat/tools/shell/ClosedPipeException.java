// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.io.IOException;

/** Nobody reads our output any more, as in {@code cleat names | head -1}: no error, but no reason to go on either. */
public final class ClosedPipeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClosedPipeException(IOException cause) {
        super("the output was closed", cause);
    }
}
