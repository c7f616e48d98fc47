// SPDX-License-Identifier: Apache-2.0
package io.cleat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What travels through the pipes of a {@link WorkerJvm}: a frame of magic, kind, length and bytes each way. Both ends are of one
 * version. Thread-safe: pure functions.
 */
final class WorkerMessage {
    /** An {@link Order}. */
    static final int ORDER = 1;

    /** A result, serialized. */
    static final int RESULT = 2;

    /** A Throwable, serialized. */
    static final int THROWN = 3;

    /** What cannot be sent, as text. */
    static final int UNTRANSPORTABLE = 4;

    private static final int MAGIC = 0x636C6577; // "clew"
    private static final int MAX_LENGTH_BYTES = 1 << 30;

    /**
     * What the child is to do.
     *
     * @param handle of the database or the transaction.
     * @param typeName the class of the computation.
     * @param timeoutNs how long requests of the child may take at most.
     * @param argument for it.
     */
    record Order(
            String handle,
            String typeName,
            long timeoutNs,
            @Nullable Serializable argument) implements Serializable {}

    /**
     * What came of it.
     *
     * @param kind RESULT, THROWN or UNTRANSPORTABLE.
     * @param bytes of that.
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answer(int kind, byte[] bytes) {}

    private WorkerMessage() {}

    /** Throws MISUSE, naming what cannot be serialized. */
    static byte[] serialize(String what, @Nullable Object value) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        } catch (NotSerializableException e) {
            throw new CleatException(
                    ErrorCode.MISUSE,
                    what + " cannot be sent to another JVM: not Serializable: class=" + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw new CleatException(ErrorCode.MISUSE, what + " cannot be sent to another JVM: " + e, e);
        }
        return bytes.toByteArray();
    }

    /** Trusts the bytes as it trusts the process that wrote them: our own child, or our own parent. */
    static @Nullable Object deserialize(byte[] bytes, @Nullable ClassLoader loader) {
        try (ObjectInputStream in = new LoaderInput(new ByteArrayInputStream(bytes), loader)) {
            return in.readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new CleatException(ErrorCode.DAMAGED, "what the other JVM sent cannot be read: " + e, e);
        }
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static void write(OutputStream stream, byte[] order) throws IOException {
        write(stream, ORDER, order);
    }

    static void write(OutputStream stream, int kind, byte[] bytes) throws IOException {
        final DataOutputStream out = new DataOutputStream(stream);
        out.writeInt(MAGIC);
        out.writeInt(kind);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    static Answer readAnswer(DataInputStream in) throws IOException {
        final int magic = in.readInt();
        final int kind = in.readInt();
        final int length = in.readInt();
        if (magic != MAGIC || kind < ORDER || kind > UNTRANSPORTABLE || length < 0 || length > MAX_LENGTH_BYTES) {
            throw new CleatException(
                    ErrorCode.DAMAGED,
                    "no message of a worker JVM: magic=" + Integer.toHexString(magic) + " kind=" + kind + " length="
                            + length);
        }
        final byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new java.io.EOFException(
                    "a message of a worker JVM is cut off: length=" + length + " read=" + bytes.length);
        }
        return new Answer(kind, bytes);
    }

    /** Finds classes where the computation's come from. */
    private static final class LoaderInput extends ObjectInputStream {
        private final @Nullable ClassLoader loader;

        LoaderInput(InputStream in, @Nullable ClassLoader loader) throws IOException {
            super(in);
            this.loader = loader;
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            try {
                return Class.forName(description.getName(), false, loader);
            } catch (ClassNotFoundException e) {
                // Primitive types, and whatever the JVM finds by itself.
                return super.resolveClass(description);
            }
        }
    }
}
