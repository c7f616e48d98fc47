// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/** The opening of a {@link Database} on parts that somebody else has opened. Thread-safe: immutable. */
record OpenedAlready(DatabaseParts parts) implements Opening {
    @Override
    public DatabaseParts get() {
        return parts;
    }

    @Override
    public DatabaseParts ifOpen() {
        return parts;
    }

    @Override
    public boolean isClosedUnopened() {
        return false;
    }

    @Override
    public String name() {
        return parts.connection().context().name();
    }

    @Override
    public void close() {
        parts.close();
    }
}
