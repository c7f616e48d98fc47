// SPDX-License-Identifier: Apache-2.0
package io.cleat.coordinator;

import io.cleat.CleatException;
import io.cleat.ErrorCode;
import io.cleat.nameserver.CleatDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.agrona.collections.Long2LongHashMap;

/**
 * Requests that were answered with a failure, so that no successor executes them: {@code refused.dat}, 16 bytes each, client id and sequence; a negative sequence
 * stands for all up to it, read or not, of a client that was let go of, until 0 says that it came back. They are written before the answer. Sessions that have settings
 * of their own stand among them, since a successor does not have these: the lowest 2^32 numbers. Not rows of the database: a row written while a client's
 * transaction is open would go with that.
 *
 * <p>Not thread-safe: the conductor's, before it starts its maker's.
 */
final class Refusals implements AutoCloseable {
    private static final int ENTRY_BYTES = 2 * Long.BYTES;
    private static final long NONE = -1;

    /** Below it, sessions with settings. No negated sequence is: the greatest are those of an identity that was taken 2^31 times. */
    private static final long END_OF_SETTINGS = Long.MIN_VALUE + (1L << Integer.SIZE);

    private record Refused(long clientId, long sequence) {}

    private final FileChannel channel;
    private final boolean forces;
    private final ErrorSink errors;
    private final Set<Refused> former = new HashSet<>();
    private final Long2LongHashMap formerThrough = new Long2LongHashMap(NONE);
    private long lengthBytes;
    private final ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES);

    /**
     * Reads what a former coordinator has written, and goes on behind it.
     *
     * @param file need not be there.
     * @param forces whether each entry goes to the disk before the answer.
     * @param errors take what no caller gets.
     */
    Refusals(Path file, boolean forces, ErrorSink errors) {
        this.forces = forces;
        this.errors = errors;
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                CleatDirectory.createPrivateFile(file);
            }
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            final ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(channel.size()));
            int read = 0;
            while (all.hasRemaining() && read >= 0) {
                read = channel.read(all);
            }
            all.flip();
            while (all.remaining() >= ENTRY_BYTES) {
                take(all.getLong(), all.getLong());
            }
            // What was cut in an entry is written over.
            lengthBytes = channel.size() / ENTRY_BYTES * ENTRY_BYTES;
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot read " + file, e);
        }
    }

    private void take(long clientId, long sequence) {
        if (sequence == 0) {
            formerThrough.remove(clientId);
        } else if (sequence < 0 && sequence >= END_OF_SETTINGS) {
            formerThrough.put(clientId, Math.max(-sequence, formerThrough.get(clientId)));
        } else {
            former.add(new Refused(clientId, sequence));
        }
    }

    /** {@return what stands in the place of a sequence to say that a session has settings of its own} */
    private static long settingsOf(int sessionId) {
        return Long.MIN_VALUE + (sessionId & 0xffff_ffffL);
    }

    /**
     * A session has settings of its own.
     *
     * @param clientId whose session it is.
     * @param sessionId of it.
     * @return as {@link #add}.
     */
    boolean addSettings(long clientId, int sessionId) {
        return add(clientId, settingsOf(sessionId));
    }

    /** {@return whether a session had settings of its own with a former coordinator} */
    boolean hadSettings(long clientId, int sessionId) {
        return former.contains(new Refused(clientId, settingsOf(sessionId)));
    }

    /**
     * A client that was let go of has come back: what it sends now counts.
     *
     * @param clientId of it.
     */
    void lift(long clientId) {
        add(clientId, 0);
    }

    /** {@return whether a former coordinator has answered a request with a failure, or would have} */
    boolean contains(long clientId, long sequence) {
        return sequence <= formerThrough.get(clientId) || former.contains(new Refused(clientId, sequence));
    }

    /**
     * A client is about to be let go of: of what it has sent nothing is executed any more, though nobody may have read it.
     *
     * @param clientId of it.
     * @param sequence the last one that it can have sent.
     * @return as {@link #add}.
     */
    boolean addThrough(long clientId, long sequence) {
        return add(clientId, -sequence);
    }

    /**
     * A request is about to be answered with a failure.
     *
     * @param clientId of its client.
     * @param sequence its own.
     * @return false when that could not be written down, so that a successor may execute it: nobody may be told that it was not applied.
     */
    boolean add(long clientId, long sequence) {
        entry.clear().putLong(clientId).putLong(sequence).flip();
        try {
            while (entry.hasRemaining()) {
                channel.write(entry, lengthBytes + entry.position());
            }
            if (forces) {
                channel.force(false);
            }
            // A part of an entry is written over by the next one.
            lengthBytes += ENTRY_BYTES;
            return true;
        } catch (IOException e) {
            errors.onError("a failure could not be written down: a successor may execute the request", e);
            return false;
        }
    }

    /** Nothing of what was before can be executed any more. */
    void clear() {
        try {
            former.clear();
            formerThrough.clear();
            channel.truncate(0);
            lengthBytes = 0;
        } catch (IOException e) {
            throw new CleatException(ErrorCode.IO, "cannot empty the list of refused requests", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
