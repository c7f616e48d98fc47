// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrorCodeTest {
    @Test
    void shouldKeepTheNumbersThatTravel() {
        final ErrorCode[] inOrder = {
            ErrorCode.CLOSED,
            ErrorCode.TIMEOUT,
            ErrorCode.NOT_REGISTERED,
            ErrorCode.NAME_IN_USE,
            ErrorCode.COORDINATOR_LOST,
            ErrorCode.SQL,
            ErrorCode.LIMIT,
            ErrorCode.CANCELLED,
            ErrorCode.DEADLINE_EXCEEDED,
            ErrorCode.REFUSED,
            ErrorCode.TRANSACTION_ENDED,
            ErrorCode.PROTOCOL,
            ErrorCode.DAMAGED,
            ErrorCode.INCOMPATIBLE,
            ErrorCode.PERMISSION,
            ErrorCode.STORAGE_FULL,
            ErrorCode.SHUTDOWN,
            ErrorCode.IO,
            ErrorCode.MISUSE,
            ErrorCode.SCHEMA_VERSION,
            ErrorCode.TRANSACTION_LOST,
        };
        for (int i = 0; i < inOrder.length; i++) {
            assertThat(inOrder[i].number()).isEqualTo(i + 1);
            assertThat(ErrorCode.of(i + 1)).isSameAs(inOrder[i]);
        }
        assertThat(ErrorCode.values()).hasSize(inOrder.length);
    }

    @Test
    void shouldReadAsProtocolWhenTheNumberIsUnknown() {
        assertThat(ErrorCode.of(0)).isSameAs(ErrorCode.PROTOCOL);
        assertThat(ErrorCode.of(-1)).isSameAs(ErrorCode.PROTOCOL);
        assertThat(ErrorCode.of(22)).isSameAs(ErrorCode.PROTOCOL);
        assertThat(ErrorCode.of(Integer.MAX_VALUE)).isSameAs(ErrorCode.PROTOCOL);
    }
}
