// SPDX-License-Identifier: Apache-2.0
package io.cleat;

/**
 * What opening has found, and what this client has done to the schema. Immutable.
 *
 * @param versionBefore the schema version that the database had when this client came, or got the write turn.
 * @param versionNow the schema version that it has now.
 * @param created whether this client has run {@code onCreate}.
 * @param upgraded whether this client has run {@code onUpgrade}.
 * @param downgraded whether this client has run {@code onDowngrade}.
 */
public record OpeningDetails(int versionBefore, int versionNow, boolean created, boolean upgraded, boolean downgraded) {
    static OpeningDetails unchanged(int version) {
        return new OpeningDetails(version, version, false, false, false);
    }
}
