// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call as an {@link Interceptor} sees it. Immutable, but for the batch and the arrays among the arguments.
 *
 * @param kind what it does.
 * @param sql its text; empty where there is none.
 * @param args the arguments of its statement.
 * @param batch of a BATCH; else null.
 * @param isAsynchronous whether what it returns is a {@link java.util.concurrent.CompletableFuture} of the result.
 * @param isPrepared whether it is a {@link SqlStatement}, whose text and arguments cannot be replaced.
 */
public record InterceptedCall(
        CallKind kind,
        String sql,
        List<@Nullable Object> args,
        @Nullable Batch batch,
        boolean isAsynchronous,
        boolean isPrepared) {

    static InterceptedCall of(CallKind kind, String sql, @Nullable Object[] args) {
        return new InterceptedCall(kind, sql, list(args), null, false, false);
    }

    static InterceptedCall of(Batch batch) {
        return new InterceptedCall(CallKind.BATCH, "", List.of(), batch, false, false);
    }

    InterceptedCall asynchronous() {
        return new InterceptedCall(kind, sql, args, batch, true, isPrepared);
    }

    InterceptedCall prepared() {
        return new InterceptedCall(kind, sql, args, batch, isAsynchronous, true);
    }

    /**
     * The same call with another statement.
     *
     * @param otherSql its text.
     * @param otherArgs its arguments.
     * @return for {@link Interceptor.Next#proceed}.
     */
    public InterceptedCall withStatement(String otherSql, @Nullable Object... otherArgs) {
        return new InterceptedCall(kind, otherSql, list(otherArgs), batch, isAsynchronous, isPrepared);
    }

    /**
     * The same call with another batch.
     *
     * @param otherBatch to send instead.
     * @return for {@link Interceptor.Next#proceed}.
     */
    public InterceptedCall withBatch(Batch otherBatch) {
        return new InterceptedCall(kind, sql, args, otherBatch, isAsynchronous, isPrepared);
    }

    @Nullable
    Object[] argumentArray() {
        return args.toArray();
    }

    Batch requiredBatch() {
        if (batch == null) {
            throw Failures.misuse("an interceptor has taken the batch out of the call");
        }
        return batch;
    }

    private static List<@Nullable Object> list(@Nullable Object[] args) {
        return Collections.unmodifiableList(Arrays.asList(args.clone()));
    }
}
