// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The interceptors of a client, one in the other. Thread-safe: immutable. */
final class Interceptors {
    private final List<Interceptor> chain;

    private Interceptors(List<Interceptor> chain) {
        this.chain = chain;
    }

    /** Those of the context, or null when there are none. */
    static @Nullable Interceptors of(ClientContext context) {
        final List<Interceptor> chain = context.interceptors();
        return chain.isEmpty() ? null : new Interceptors(chain);
    }

    /** Has the call pass through all of them. */
    <T extends @Nullable Object> T around(InterceptedCall call, Interceptor.Next<T> last) {
        return from(0, call, last);
    }

    /** Opens rows; {@code atEnd} is to be called when they are closed. */
    interface Opener {
        Rows open(InterceptedCall call, Runnable atEnd);
    }

    /**
     * As {@link #around}, for rows, of which an interceptor may open several, and close some: {@code onClose} is called once when those that are
     * returned are closed, and not when this throws.
     */
    Rows rows(InterceptedCall call, Opener opener, @Nullable Runnable onClose) {
        final List<Rows> opened = new ArrayList<>();
        final AtomicReference<@Nullable Runnable> end = new AtomicReference<>();
        @Nullable Rows result = null;
        try {
            result = this.<Rows>around(call, inner -> {
                final Rows rows = opener.open(inner, () -> runOnce(end));
                opened.add(rows);
                return rows;
            });
        } finally {
            for (Rows rows : opened) {
                if (rows != result) {
                    rows.close();
                }
            }
        }
        end.set(onClose);
        if (!result.isOpen() || !opened.contains(result)) {
            runOnce(end);
        }
        return result;
    }

    private static void runOnce(AtomicReference<@Nullable Runnable> end) {
        final @Nullable Runnable once = end.getAndSet(null);
        if (once != null) {
            once.run();
        }
    }

    private <T extends @Nullable Object> T from(int index, InterceptedCall call, Interceptor.Next<T> last) {
        return index == chain.size()
                ? last.proceed(call)
                : chain.get(index).around(call, inner -> from(index + 1, inner, last));
    }
}
