// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator.sqlite;

/** The <a href="https://www.sqlite.org/rescode.html">result codes</a> that this package decides by. Constants only. */
final class ResultCode {
    static final int OK = 0;
    static final int ERROR = 1;
    static final int ABORT = 4;
    static final int BUSY = 5;
    static final int READONLY = 8;
    static final int INTERRUPT = 9;
    static final int CANTOPEN = 14;
    static final int SCHEMA = 17;
    static final int MISUSE = 21;
    static final int NOTADB = 26;
    static final int ROW = 100;
    static final int DONE = 101;
    static final int ABORT_ROLLBACK = ABORT | (2 << 8);

    private ResultCode() {}
}
