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
 * Moves bytes between buffers and a descriptor, by one system call each. The result is the number of bytes moved, by
 * which the buffers' positions have advanced, or {@code -errno}; a receive gives 0 at the end of the stream.
 *
 * <p> Direct buffers go to the kernel as they are. So do arrays of {@value #ARRAY_MINIMUM} bytes and more, as far as the
 * kernel can move bytes at once: nothing may block while the garbage collector must leave an array in its place. Otherwise
 * heap buffers go through borrowed native memory. At most {@value #COPY_LIMIT} bytes of a heap buffer move at a time.
 */
final class Transfer {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int COPY_LIMIT = 1 << 17;
    static final int ARRAY_MINIMUM = 1 << 14;
    static final int DATAGRAM_LIMIT = 1 << 18; // more than any transport lets through
    private static final int IOVEC_SIZE = 16; // struct iovec: base, length; checked in native/transfer.c

    private Transfer() { }

    /** @param flowing whether bytes may well be there: otherwise to try without waiting would be a call in vain */
    static int receive(int fd, ByteBuffer dst, int flags, boolean flowing) {
        int n;
        if (DirectMemory.isUsable(dst)) {
            n = NATIVES.receive(fd, DirectMemory.address(dst), dst.remaining(), flags);
        } else {
            boolean waiting = flags == 0;
            if (!isLargeArray(dst) || waiting && !flowing)
                return receiveCopying(fd, dst, flags);
            n = NATIVES.receiveIntoArray(fd, dst.array(), dst.arrayOffset() + dst.position(), Math.min(dst.remaining(), COPY_LIMIT));
            if (n == -Errno.EAGAIN && waiting)
                return receiveCopying(fd, dst, flags);
        }
        advance(dst, n);
        return n;
    }

    private static int receiveCopying(int fd, ByteBuffer dst, int flags) {
        ByteBuffer copy = DirectMemory.borrow(Math.min(dst.remaining(), COPY_LIMIT));
        try {
            int n = NATIVES.receive(fd, DirectMemory.address(copy), copy.remaining(), flags);
            if (n > 0)
                dst.put(copy.limit(n));
            return n;
        } finally {
            DirectMemory.giveBack(copy);
        }
    }

    static int send(int fd, ByteBuffer src, int flags) {
        int n;
        if (DirectMemory.isUsable(src)) {
            n = NATIVES.send(fd, DirectMemory.address(src), src.remaining(), flags);
        } else if (isLargeArray(src)) {
            n = NATIVES.sendFromArray(fd, src.array(), src.arrayOffset() + src.position(), Math.min(src.remaining(), COPY_LIMIT));
            if (n == -Errno.EAGAIN && flags == 0)
                n = sendCopying(fd, src, flags);
        } else {
            n = sendCopying(fd, src, flags);
        }
        advance(src, n);
        return n;
    }

    private static int sendCopying(int fd, ByteBuffer src, int flags) {
        ByteBuffer copy = borrowCopy(src, Math.min(src.remaining(), COPY_LIMIT));
        try {
            return NATIVES.send(fd, DirectMemory.address(copy), copy.remaining(), flags);
        } finally {
            DirectMemory.giveBack(copy);
        }
    }

    /** Whether to try without waiting from or into the array itself: to copy it costs more than a call in vain now and then. */
    private static boolean isLargeArray(ByteBuffer buffer) {
        return buffer.remaining() >= ARRAY_MINIMUM && buffer.hasArray();
    }

    /** Receives one datagram, of which what the buffer has no room for is lost. */
    static int receiveFrom(int fd, ByteBuffer dst, int[] sender) {
        int n;
        if (DirectMemory.isUsable(dst)) {
            n = NATIVES.receiveFrom(fd, DirectMemory.address(dst), dst.remaining(), sender);
            advance(dst, n);
        } else {
            ByteBuffer copy = DirectMemory.borrow(Math.min(dst.remaining(), DATAGRAM_LIMIT));
            try {
                n = NATIVES.receiveFrom(fd, DirectMemory.address(copy), copy.remaining(), sender);
                if (n > 0)
                    dst.put(copy.limit(n));
            } finally {
                DirectMemory.giveBack(copy);
            }
        }
        return n;
    }

    /** Sends what remains in the buffer as one datagram. */
    static int sendTo(Transport transport, int fd, ByteBuffer src, VsockSocketAddress remote) {
        int n;
        if (DirectMemory.isUsable(src)) {
            n = transport.sendTo(fd, DirectMemory.address(src), src.remaining(), remote);
        } else {
            ByteBuffer copy = borrowCopy(src, src.remaining());
            try {
                n = transport.sendTo(fd, DirectMemory.address(copy), copy.remaining(), remote);
            } finally {
                DirectMemory.giveBack(copy);
            }
        }
        advance(src, n);
        return n;
    }

    static long receive(int fd, ByteBuffer[] dsts, int offset, int length, int flags) {
        return transferVector(fd, dsts, offset, length, flags, false);
    }

    static long send(int fd, ByteBuffer[] srcs, int offset, int length, int flags) {
        return transferVector(fd, srcs, offset, length, flags, true);
    }

    private static long transferVector(int fd, ByteBuffer[] buffers, int offset, int length, int flags, boolean sending) {
        ByteBuffer vector = DirectMemory.borrow(IOVEC_SIZE * Math.min(length, Constants.IOV_MAX));
        ByteBuffer[] copies = null; // of those that the kernel cannot be given as they are
        try {
            vector.order(ByteOrder.nativeOrder());
            int copied = 0;
            for (int i = 0; i < length && vector.hasRemaining() && copied < COPY_LIMIT; i++) {
                ByteBuffer buffer = buffers[offset + i];
                int size = buffer.remaining();
                if (size == 0)
                    continue;
                if (!DirectMemory.isUsable(buffer)) {
                    size = Math.min(size, COPY_LIMIT - copied);
                    copied += size;
                    if (copies == null)
                        copies = new ByteBuffer[length];
                    buffer = copies[i] = sending ? borrowCopy(buffer, size) : DirectMemory.borrow(size);
                }
                vector.putLong(DirectMemory.address(buffer)).putLong(size);
            }
            int count = vector.position() / IOVEC_SIZE;
            long address = DirectMemory.address(vector.rewind());
            long n = sending ? NATIVES.sendVector(fd, address, count, flags) : NATIVES.receiveVector(fd, address, count, flags);
            consume(buffers, offset, copies, sending, n);
            return n;
        } finally {
            giveBack(copies);
            DirectMemory.giveBack(vector);
        }
    }

    /** Accounts for {@code n} bytes that have moved, through the copies where there are some. */
    private static void consume(ByteBuffer[] buffers, int offset, ByteBuffer[] copies, boolean sending, long n) {
        long left = n;
        for (int i = 0; left > 0; i++) {
            ByteBuffer buffer = buffers[offset + i];
            ByteBuffer copy = copies == null ? null : copies[i];
            int moved = (int) Math.min(left, copy == null ? buffer.remaining() : copy.remaining());
            if (copy == null || sending)
                advance(buffer, moved);
            else
                buffer.put(copy.limit(moved));
            left -= moved;
        }
    }

    /** In the order that the cache of temporary buffers is fastest at. */
    private static void giveBack(ByteBuffer[] copies) {
        for (int i = copies == null ? 0 : copies.length; --i >= 0; )
            if (copies[i] != null)
                DirectMemory.giveBack(copies[i]);
    }

    static ByteBuffer borrowCopy(ByteBuffer src, int size) {
        ByteBuffer copy = DirectMemory.borrow(size);
        copy.put(0, src, src.position(), size);
        return copy;
    }

    private static void advance(ByteBuffer buffer, int n) {
        if (n > 0)
            buffer.position(buffer.position() + n);
    }
}
