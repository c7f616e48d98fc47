// SPDX-License-Identifier: Apache-2.0
package io.cleat.jdbc;

import java.util.List;

/**
 * What may differ between the two drivers, and why; docs/jdbc.md and docs/jdbc-statements.md say the same. Pure functions.
 */
final class KnownDifferences {
    private interface Matcher {
        boolean matches(DiffStep step, String ours, String theirs);
    }

    /**
     * One of them.
     *
     * @param reason as in the documents.
     */
    private record Known(String reason, Matcher matcher) {}

    private static final List<Known> ALL = List.of(
            new Known(
                    "a change of the schema that finds nothing to do (IF EXISTS) takes the write turn all the same",
                    (step, ours, theirs) -> step.text().contains(" IF ")
                            && ours.startsWith("SQLException code=5 message=[SQLITE_BUSY")
                            && theirs.startsWith("count ")),
            new Known(
                    "a prepared statement that failed can be run again; there it is closed by some errors",
                    (step, ours, theirs) -> endsStatement(theirs)),
            new Known(
                    "the update count of what is no INSERT, UPDATE or DELETE is 0, and there that of an earlier statement",
                    (step, ours, theirs) -> step.kind() == DiffStep.Kind.SCHEMA
                            && ours.startsWith("count 0\n")
                            && theirs.replaceFirst("^count [0-9]+", "count 0").equals(ours)),
            new Known(
                    "SQL that is empty is said to be empty",
                    (step, ours, theirs) -> ours.contains("message=not a statement: the SQL is empty")
                            && theirs.contains("message=The prepared statement has been finalized")),
            new Known(
                    "a batch of a prepared query is refused, also when it would give no rows",
                    (step, ours, theirs) -> step.text().startsWith(DiffPrepared.BATCH)
                            && ours.contains("batch entry 0: query returns results")),
            new Known(
                    "the metadata of what gives no rows has 0 columns, and cannot be asked for their number there",
                    (step, ours, theirs) ->
                            theirs.contains("message=column 1 out of bounds [1,0]") && ours.contains("'[]'")),
            new Known(
                    "the metadata of what gives no rows can be asked for after a run too",
                    (step, ours, theirs) ->
                            step.text().equals("getMetaData") && theirs.contains("inconsistent internal state")),
            new Known(
                    "a prepared batch whose row fails throws BatchUpdateException with the counts, and the same message",
                    (step, ours, theirs) -> step.text().startsWith(DiffPrepared.BATCH)
                            && theirs.startsWith("SQLException")
                            && ours.replaceFirst("^BatchUpdateException", "SQLException")
                                    .replaceFirst(" counts=\\[[^\\]]*\\]", "")
                                    .equals(theirs)));

    private KnownDifferences() {}

    /** The statement cannot be used any more there. */
    static boolean endsStatement(String theirs) {
        return theirs.contains("message=statement is not executing");
    }

    static boolean isKnown(DiffStep step, String ours, String theirs) {
        return ALL.stream().anyMatch(known -> known.matcher().matches(step, ours, theirs));
    }
}
