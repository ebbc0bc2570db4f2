// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.jdk.DirectMemory;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Moves bytes between buffers and a descriptor, by one system call each. The result is the number of bytes moved, or
 * {@code -errno}; a receive gives 0 at the end of the stream.
 *
 * <p> An operation reads the position and limit of a buffer once, and stays within that range: another thread may
 * change both meanwhile. Such a change shows in the position that the operation sets at its end, or in an exception, as
 * with the platform's channels. Memory outside of the buffer is never touched.
 *
 * <p> Direct buffers go to the kernel as they are. Heap buffers go through borrowed native memory, at most
 * {@value #COPY_LIMIT} bytes at a time. Where the garbage collector allows it, the kernel is given an array of
 * {@value #ARRAY_MINIMUM} bytes or more directly, by a call that does not wait.
 */
final class BufferIo {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final DirectMemory MEMORY = DirectMemory.of(MethodHandles.lookup());
    private static final int COPY_LIMIT = 1 << 17;
    static final int ARRAY_MINIMUM = 1 << 14;
    static final int DATAGRAM_LIMIT = 1 << 18; // more than any transport lets through
    private static final int IOVEC_SIZE = 16; // struct iovec: base, length; checked in native/transfer.c

    /**
     * Whether the kernel may be given an array of the heap. On JDK 17 and 21 the collectors stop allocation until the
     * call returns, and may then give up: other threads of the program get an OutOfMemoryError (JDK-8192647, fixed in
     * 25). To ask which collector is in use would take too long at the start of a JVM.
     */
    private static final boolean IN_PLACE = Runtime.version().feature() >= 25;

    private BufferIo() { }

    /** Returns how many bytes remain in a buffer behind the given position. */
    static int remaining(ByteBuffer buffer, int position) {
        return Math.max(0, buffer.limit() - position);
    }

    // -- streams: the position of the buffer advances

    /** @param likelyReadable whether bytes are likely there: if not, an attempt that does not wait is a wasted call */
    static int receive(int fd, ByteBuffer dst, int position, int length, int flags, boolean likelyReadable) {
        int n;
        if (dst.isDirect())
            n = receiveDirect(fd, dst, position, length, flags);
        else if (IN_PLACE && length >= ARRAY_MINIMUM && (flags != 0 || likelyReadable))
            n = receiveInPlace(fd, dst, position, Math.min(length, COPY_LIMIT), flags);
        else
            n = receiveCopying(fd, dst, position, Math.min(length, COPY_LIMIT), flags);
        if (n > 0)
            dst.position(position + n);
        return n;
    }

    /** @param flags may ask for the length of a record, which is more than {@code length} where its end is lost */
    static int receiveDirect(int fd, ByteBuffer dst, int position, int length, int flags) {
        Runnable hold = MEMORY.hold(dst);
        try {
            return NATIVES.receive(fd, MEMORY.address(dst, hold, position, length), length, flags);
        } finally {
            MEMORY.release(hold);
        }
    }

    static int receiveCopying(int fd, ByteBuffer dst, int position, int length, int flags) {
        ByteBuffer copy = MEMORY.borrow(length);
        try {
            int n = NATIVES.receive(fd, MEMORY.address(copy, length), length, flags);
            copyBack(copy, 0, dst, position, Math.min(n, length));
            return n;
        } finally {
            MEMORY.giveBack(copy);
        }
    }

    private static int receiveInPlace(int fd, ByteBuffer dst, int position, int length, int flags) {
        int n = NATIVES.receiveIntoArray(fd, dst.array(), dst.arrayOffset() + position, length);
        return n == -Errno.EAGAIN && flags == 0 ? receiveCopying(fd, dst, position, length, flags) : n;
    }

    static int send(int fd, ByteBuffer src, int position, int length, int flags) {
        int n;
        if (src.isDirect())
            n = sendDirect(fd, src, position, length, flags);
        else if (IN_PLACE && length >= ARRAY_MINIMUM && src.hasArray())
            n = sendInPlace(fd, src, position, Math.min(length, COPY_LIMIT), flags);
        else
            n = sendCopying(fd, src, position, Math.min(length, COPY_LIMIT), flags);
        if (n > 0)
            src.position(position + n);
        return n;
    }

    private static int sendDirect(int fd, ByteBuffer src, int position, int length, int flags) {
        Runnable hold = MEMORY.hold(src);
        try {
            return NATIVES.send(fd, MEMORY.address(src, hold, position, length), length, flags);
        } finally {
            MEMORY.release(hold);
        }
    }

    private static int sendCopying(int fd, ByteBuffer src, int position, int length, int flags) {
        ByteBuffer copy = borrowCopy(src, position, length);
        try {
            return NATIVES.send(fd, MEMORY.address(copy, length), length, flags);
        } finally {
            MEMORY.giveBack(copy);
        }
    }

    private static int sendInPlace(int fd, ByteBuffer src, int position, int length, int flags) {
        int n = NATIVES.sendFromArray(fd, src.array(), src.arrayOffset() + position, length);
        return n == -Errno.EAGAIN && flags == 0 ? sendCopying(fd, src, position, length, flags) : n;
    }

    // -- datagrams: the position of the buffer stays

    /** Receives one datagram, and stores CID and port of its sender. Bytes for which there is no room are lost. */
    static int receiveFrom(int fd, ByteBuffer dst, int position, int length, int[] sender) {
        if (dst.isDirect()) {
            Runnable hold = MEMORY.hold(dst);
            try {
                return receiveFrom(fd, MEMORY.address(dst, hold, position, length), length, sender);
            } finally {
                MEMORY.release(hold);
            }
        }
        int size = Math.min(length, DATAGRAM_LIMIT);
        ByteBuffer copy = MEMORY.borrow(size);
        try {
            int n = receiveFrom(fd, MEMORY.address(copy, size), size, sender);
            copyBack(copy, 0, dst, position, n);
            return n;
        } finally {
            MEMORY.giveBack(copy);
        }
    }

    private static int receiveFrom(int fd, long address, int length, int[] sender) {
        return NATIVES.receiveFrom(fd, address, length, sender, sender[0], sender[1]);
    }

    /** Sends a range of the buffer as one datagram. */
    static int sendTo(Transport transport, int fd, ByteBuffer src, int position, int length,
                      VsockSocketAddress remote) {
        if (src.isDirect()) {
            Runnable hold = MEMORY.hold(src);
            try {
                return transport.sendTo(fd, MEMORY.address(src, hold, position, length), length, remote);
            } finally {
                MEMORY.release(hold);
            }
        }
        ByteBuffer copy = borrowCopy(src, position, length);
        try {
            return transport.sendTo(fd, MEMORY.address(copy, length), length, remote);
        } finally {
            MEMORY.giveBack(copy);
        }
    }

    // -- several buffers of a stream: the parts advance, and with them their buffers

    static long receive(int fd, ScatterGather dsts, int flags) {
        return transfer(fd, dsts, false, flags);
    }

    static long send(int fd, ScatterGather srcs, int flags) {
        return transfer(fd, srcs, true, flags);
    }

    private static long transfer(int fd, ScatterGather parts, boolean sending, int flags) {
        int count = 0;
        int copied = 0;
        for (int last = Math.min(parts.count(), Constants.IOV_MAX); count < last && copied < COPY_LIMIT; count++)
            if (!parts.buffer(count).isDirect())
                copied += Math.min(parts.length(count), COPY_LIMIT - copied);
        ByteBuffer vector = MEMORY.borrow(IOVEC_SIZE * count);
        ByteBuffer copy = null;
        Runnable[] holds = null; // of memory that another thread could free
        try {
            if (copied > 0)
                copy = MEMORY.borrow(copied);
            vector.order(ByteOrder.nativeOrder());
            long copyAddress = copy == null ? 0 : MEMORY.address(copy, copied);
            for (int i = 0, at = 0; i < count; i++) {
                ByteBuffer buffer = parts.buffer(i);
                int length = parts.length(i);
                if (buffer.isDirect()) {
                    Runnable hold = MEMORY.hold(buffer);
                    if (hold != null) {
                        if (holds == null)
                            holds = new Runnable[count];
                        holds[i] = hold;
                    }
                    vector.putLong(MEMORY.address(buffer, hold, parts.position(i), length));
                } else {
                    length = Math.min(length, copied - at);
                    if (sending)
                        copy.put(at, buffer, parts.position(i), length);
                    vector.putLong(copyAddress + at);
                    at += length;
                }
                vector.putLong(length);
            }
            long address = MEMORY.address(vector, IOVEC_SIZE * count);
            long n = sending ? NATIVES.sendVector(fd, address, count, flags)
                : NATIVES.receiveVector(fd, address, count, flags);
            if (copy != null && !sending)
                copyBack(copy, parts, n);
            parts.advance(n);
            return n;
        } finally {
            for (int i = 0; holds != null && i < count; i++)
                MEMORY.release(holds[i]);
            if (copy != null)
                MEMORY.giveBack(copy); // before the vector: the cache of temporary buffers is a stack
            MEMORY.giveBack(vector);
        }
    }

    /** Copies the received bytes that belong into heap buffers. */
    private static void copyBack(ByteBuffer copy, ScatterGather parts, long n) {
        long left = n;
        for (int i = 0, at = 0; left > 0; i++) {
            boolean copied = !parts.buffer(i).isDirect();
            int moved = (int) Math.min(left, copied ? Math.min(parts.length(i), copy.limit() - at) : parts.length(i));
            if (copied)
                copyBack(copy, at, parts.buffer(i), parts.position(i), moved);
            at += copied ? moved : 0;
            left -= moved;
        }
    }

    // -- copies

    /** Returns a borrowed buffer with a copy of a range of another one. */
    static ByteBuffer borrowCopy(ByteBuffer src, int position, int length) {
        ByteBuffer copy = MEMORY.borrow(length);
        try {
            copy.put(0, src, position, length);
            return copy;
        } catch (RuntimeException e) { // the limit has been moved
            MEMORY.giveBack(copy);
            throw e;
        }
    }

    /** Copies into the array: another thread may have moved the limit of the buffer, and no byte must get lost. */
    private static void copyBack(ByteBuffer copy, int from, ByteBuffer heap, int position, int length) {
        if (length > 0)
            copy.get(from, heap.array(), heap.arrayOffset() + position, length);
    }
}
