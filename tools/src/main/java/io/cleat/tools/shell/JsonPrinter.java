// SPDX-License-Identifier: Apache-2.0
package io.cleat.tools.shell;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An array of objects, one a line; a statement without rows gives one object that says what it changed. A column name that
 * comes twice gets a number behind it, since an object has each name once. Not thread-safe.
 */
final class JsonPrinter implements RowPrinter {
    private final PrintWriter out;
    private final List<String> names = new ArrayList<>();
    private boolean first = true;

    JsonPrinter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void columns(List<String> columns) {
        final Set<String> taken = new HashSet<>(columns);
        final Set<String> used = new HashSet<>();
        for (String column : columns) {
            String name = column;
            for (int n = 2; !used.add(name); n++) {
                name = taken.contains(column + "_" + n) ? name : column + "_" + n;
            }
            names.add(name);
        }
        out.print('[');
    }

    @Override
    public void row(@Nullable Object[] values) {
        final Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            object.put(names.get(i), values[i]);
        }
        final StringBuilder line = new StringBuilder(first ? "" : ",\n ");
        JsonText.append(line, object);
        out.print(line);
        first = false;
    }

    @Override
    public void end() {
        out.print("]\n");
    }

    @Override
    public void changed(long changeCount, long lastRowId, boolean hadRows) {
        if (!hadRows) {
            out.print("{\"changes\":" + changeCount + ",\"lastRowId\":" + lastRowId + "}\n");
        }
    }
}
