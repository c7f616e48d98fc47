// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipInputStream;

/** The trades of one day: ms since midnight, price × 10,000, size, exchange, condition, suspicious. */
final class TicksFile {
    /** Trades of a batch, and the single ones that follow it. */
    static final int BATCH_ROWS = 2_000;

    static final int SINGLE_ROWS = 200;
    static final int ROUND_ROWS = BATCH_ROWS + SINGLE_ROWS;

    private TicksFile() {}

    record Trade(long ms, long price, long size, String exchange, String condition, long suspicious) {
        static Trade of(String line) {
            final String[] field = line.split(",");
            return new Trade(
                    Long.parseLong(field[0]),
                    Long.parseLong(field[1]),
                    Long.parseLong(field[2]),
                    field[3],
                    field[4],
                    Long.parseLong(field[5]));
        }
    }

    static List<Trade> read(Path zip) throws IOException {
        final List<Trade> trades = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            in.getNextEntry();
            final BufferedReader lines = new BufferedReader(new InputStreamReader(in, US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                trades.add(Trade.of(line));
            }
        }
        return trades;
    }
}
