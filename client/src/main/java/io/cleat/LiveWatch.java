// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import io.cleat.client.live.EncodedResult;
import io.cleat.client.live.QueryKey;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes live queries of one home. Immutable, so thread-safe. */
record LiveWatch(Supplier<LiveTarget> target, Object home) {
    <T> LiveQuery<List<T>> watch(String sql, RowMapper<T> mapper, @Nullable Object[] args) {
        return new LiveQuery<>(target, home, List.of(QueryKey.of(sql, args)), result -> all(result, mapper), false);
    }

    <T> LiveQuery<Optional<T>> watchFirst(String sql, RowMapper<T> mapper, @Nullable Object[] args) {
        return new LiveQuery<>(target, home, List.of(QueryKey.of(sql, args)), result -> first(result, mapper), true);
    }

    LiveQuery<LiveResults> together(LiveQuery<?>[] queries) {
        final List<QueryKey> keys = new ArrayList<>();
        for (LiveQuery<?> query : queries) {
            if (!query.isAtHome(home)) {
                throw Failures.misuse(
                        "a live query of another database, or of a transaction, cannot be watched together");
            }
            keys.addAll(query.keys());
        }
        if (keys.isEmpty()) {
            throw Failures.misuse("no live queries to watch together");
        }
        final LiveQuery<?>[] all = queries.clone();
        return new LiveQuery<>(target, home, List.copyOf(keys), result -> results(result, all), false);
    }

    private static LiveResults results(EncodedResult result, LiveQuery<?>[] queries) {
        final IdentityHashMap<LiveQuery<?>, Object> values = new IdentityHashMap<>();
        int from = 0;
        for (LiveQuery<?> query : queries) {
            final int to = from + query.keys().size();
            final Function<EncodedResult, ?> mapper = query.mapper();
            values.put(
                    query,
                    mapper.apply(new EncodedResult(
                            result.commitSequence(), result.parts().subList(from, to))));
            from = to;
        }
        return new LiveResults(result.commitSequence(), values);
    }

    private static <T> List<T> all(EncodedResult result, RowMapper<T> mapper) {
        final StoredRow row = new StoredRow(result.parts().get(0));
        final List<T> all = new ArrayList<>();
        while (row.next()) {
            all.add(mapper.map(row));
        }
        return all;
    }

    private static <T> Optional<T> first(EncodedResult result, RowMapper<T> mapper) {
        final StoredRow row = new StoredRow(result.parts().get(0));
        return row.next() ? Optional.ofNullable(mapper.map(row)) : Optional.empty();
    }
}
