// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.protocol.StorageClass;
import io.cleat.protocol.ValueReader;
import io.cleat.protocol.ValueWriter;

/** Parameters as SQL literals, for errors; long ones and long lists are cut. Thread-safe: a pure function. */
final class ParameterText {
    private static final int MAX_VALUES = 32;
    private static final int MAX_BYTES = 64;

    private ParameterText() {}

    static String of(ValueWriter values) {
        final StringBuilder text = new StringBuilder("[");
        final ValueReader reader = new ValueReader().wrap(values.buffer(), 0, values.lengthBytes());
        for (int i = 0; i < values.count(); i++) {
            text.append(i == 0 ? "" : ", ");
            if (i == MAX_VALUES) {
                return text.append("… ")
                        .append(values.count())
                        .append(" in all]")
                        .toString();
            }
            append(text, reader, values);
        }
        return text.append(']').toString();
    }

    private static void append(StringBuilder text, ValueReader reader, ValueWriter values) {
        final int type = reader.next();
        switch (type) {
            case StorageClass.INTEGER -> text.append(reader.longValue());
            case StorageClass.REAL -> text.append(reader.doubleValue());
            case StorageClass.TEXT, StorageClass.BLOB -> {
                final int length = Math.min(reader.bytesLength(), MAX_BYTES);
                if (type == StorageClass.TEXT) {
                    text.append('\'')
                            .append(values.buffer().getStringWithoutLengthUtf8(reader.bytesOffset(), length))
                            .append('\'');
                } else {
                    text.append("x'");
                    for (int i = 0; i < length; i++) {
                        final int b = values.buffer().getByte(reader.bytesOffset() + i);
                        text.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
                    }
                    text.append('\'');
                }
                if (length < reader.bytesLength()) {
                    text.append("…(").append(reader.bytesLength()).append(" bytes)");
                }
            }
            default -> text.append("NULL");
        }
    }
}
