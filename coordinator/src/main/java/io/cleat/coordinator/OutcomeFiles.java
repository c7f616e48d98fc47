// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Outcomes in {@code outcomes/ID.dat}, the form that needs nothing of the database. Thread-safe: without state of its own. */
final class OutcomeFiles implements OutcomeStore {
    private final DatabaseFolder folder;

    OutcomeFiles(DatabaseFolder folder) {
        this.folder = folder;
    }

    @Override
    public KnownOutcomes attach(long clientId, long resumedBelow) {
        final Path file = folder.outcomes(clientId);
        final Outcomes known = resumedBelow > 0 ? Outcomes.open(file) : null;
        if (known != null) {
            return known;
        }
        final Outcomes made = Outcomes.create(file, clientId);
        if (resumedBelow > 0) {
            made.forgetBelow(resumedBelow);
        }
        return made;
    }

    @Override
    public @Nullable KnownOutcomes find(long clientId) {
        return Outcomes.open(folder.outcomes(clientId));
    }

    @Override
    public void forget(long clientId) {
        folder.deleteOutcomes(folder.outcomes(clientId));
    }

    @Override
    public void limitDead(int max, Set<Long> comeBack, LongPredicate isAlive) {
        final List<Path> files = folder.outcomeFiles();
        if (files.size() <= max) {
            return;
        }
        final List<Path> dead = new ArrayList<>();
        for (final Path file : files) {
            final long id = ClientRemains.id(file);
            if (!comeBack.contains(id) && !isAlive.test(id)) {
                dead.add(file);
            }
        }
        dead.sort(Comparator.comparingLong(ClientRemains::id));
        for (int i = 0; i < dead.size() - max; i++) {
            folder.deleteOutcomes(dead.get(i));
        }
    }
}
