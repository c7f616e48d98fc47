// SPDX-License-Identifier: Apache-2.0
package io.cleat.client;

import io.cleat.protocol.TableKinds;
import io.cleat.protocol.codec.TableUpdatesDecoder;
import io.cleat.protocol.codec.UpdateFlagsDecoder;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * What a TableUpdates record said. Immutable.
 *
 * @param commitSequence of the commit; of an announcement, the last one.
 * @param tables that were changed.
 * @param anything any table may have changed.
 * @param schema the schema changed.
 * @param manual announced by a client, outside transactions.
 * @param outside made by another process.
 */
public record TableChanges(
        long commitSequence,
        List<TableKinds> tables,
        boolean anything,
        boolean schema,
        boolean manual,
        boolean outside) {

    /** Of a decoder that has read nothing variable yet. */
    static TableChanges of(TableUpdatesDecoder decoder) {
        final UpdateFlagsDecoder flags = decoder.flags();
        final DirectBuffer buffer = decoder.buffer();
        final int length = decoder.tablesLength();
        return new TableChanges(
                decoder.commitSequence(),
                TableKinds.decode(buffer, decoder.limit() + TableUpdatesDecoder.tablesHeaderLength(), length),
                flags.aNYTHING(),
                flags.sCHEMA(),
                flags.mANUAL(),
                flags.oUTSIDE());
    }
}
