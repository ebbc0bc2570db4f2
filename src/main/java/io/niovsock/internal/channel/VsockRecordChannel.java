// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.address.Translation;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.jdk.ChannelStreams;
import io.niovsock.internal.jdk.DirectMemory;
import io.niovsock.internal.jdk.HelperThreads;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.spi.SelectorProvider;

/**
 * A connection of records (SOCK_SEQPACKET). A write is a record, which one system call sends whole or not at all; a
 * read takes one record. Several buffers are gathered into one before, or spread from one after.
 */
final class VsockRecordChannel extends VsockSocketChannel {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final DirectMemory MEMORY = DirectMemory.of(MethodHandles.lookup());

    private VsockRecordChannel(SelectorProvider provider, Origin origin, VsockSocketAddress remoteOrNull,
                               SocketOptions listenerOrNull, Translation translation) throws IOException {
        super(provider, origin, remoteOrNull, listenerOrNull, translation);
    }

    /** Its type is that of all connections: a program without records need not load this class. */
    static VsockSocketChannel of(SelectorProvider provider, Origin origin, VsockSocketAddress remoteOrNull,
                                 SocketOptions listenerOrNull, Translation translation) throws IOException {
        return new VsockRecordChannel(provider, origin, remoteOrNull, listenerOrNull, translation);
    }

    // -- reading

    /**
     * Receives one record.
     *
     * @return the length of the record, which is more than {@code room} where its end is lost; 0 at the end of the
     *     stream, never for an empty record, which a peer that does not run Linux may send: that is passed over
     */
    @Override
    int receive(ByteBuffer dst, int position, int room, int flags) {
        int fd = descriptor.fd();
        int n;
        do {
            n = dst.isDirect() ? BufferIo.receiveDirect(fd, dst, position, room, flags | Constants.MSG_TRUNC)
                : BufferIo.receiveCopying(fd, dst, position, room, flags | Constants.MSG_TRUNC);
        } while (n == 0 && !NATIVES.hasEnded(fd));
        if (n > 0)
            dst.position(position + Math.min(n, room));
        return n;
    }

    @Override
    long readResult(long n, long room) throws IOException {
        if (n > room)
            throw Errno.recordTruncated((int) n, (int) room, peer());
        return super.readResult(n, room);
    }

    @Override
    long scatter(ByteBuffer[] dsts, int offset, int length) throws IOException {
        ScatterGather parts = new ScatterGather().take(dsts, offset, length);
        ByteBuffer whole = ByteBuffer.allocate((int) Math.min(parts.remaining(), Integer.MAX_VALUE));
        try {
            return read(whole);
        } finally {
            parts.spread(whole.flip());
        }
    }

    // -- writing

    @Override
    long gather(ByteBuffer[] srcs, int offset, int length) throws IOException {
        ScatterGather parts = new ScatterGather().take(srcs, offset, length);
        long size = parts.remaining();
        if (size > options().recordLimit() || size > Integer.MAX_VALUE)
            throw failed(Errno.EMSGSIZE, size);
        int n = write(parts.gather());
        parts.advance(n);
        return n;
    }

    /** A record may wait under the lock of streams: with little room, the kernel takes a part of it and waits. */
    @Override
    int lockedWriteOfStream(ByteBuffer src) throws IOException {
        ensureOutputOpen();
        boolean mustWait = NATIVES.poll(descriptor.fd(), Constants.POLLOUT, 0) == 0;
        return mustWait && ChannelStreams.areCaller() ? 0 : (int) lockedWrite(src, null, false, false);
    }

    /** An empty record is none. */
    @Override
    long lockedWrite(ByteBuffer src, ScatterGather none, boolean fully, boolean ofStream) throws IOException {
        int position = src.position();
        int length = BufferIo.remaining(src, position);
        if (length == 0)
            return 0;
        int n = -Errno.EMSGSIZE;
        try {
            if (descriptor.isInterruptible())
                begin();
            if (length <= options().recordLimit())
                n = send(src, position, length);
        } finally {
            if (descriptor.isBlocking())
                end(n > 0);
            if (n <= 0 && isOutputShutdown())
                throw new AsynchronousCloseException();
        }
        if (n > 0)
            src.position(position + n);
        return writeResult(n, length);
    }

    /** The calling thread finds the address: a buffer of a confined arena gives it to no other. */
    private int send(ByteBuffer src, int position, int length) throws IOException {
        ByteBuffer copy = src.isDirect() ? null : BufferIo.borrowCopy(src, position, length);
        try {
            if (copy != null)
                return send(MEMORY.address(copy, length), length);
            Runnable hold = MEMORY.hold(src);
            try {
                return send(MEMORY.address(src, hold, position, length), length);
            } finally {
                MEMORY.release(hold);
            }
        } finally {
            if (copy != null)
                MEMORY.giveBack(copy);
        }
    }

    /** A system call that may block in non-blocking mode, too, would pin the carrier of a virtual thread. */
    private int send(long address, int length) throws IOException {
        return descriptor.transport().isSendingRecordsBlocking() && BlockedThread.isCurrentVirtual()
            ? HelperThreads.call(() -> enterAndSend(address, length)) : enterAndSend(address, length);
    }

    /** By the thread that makes the system call, which a close wakes. */
    private int enterAndSend(long address, int length) throws IOException {
        boolean blocking = descriptor.isBlocking();
        try {
            descriptor.enterWrite();
            descriptor.configureForCurrentThread();
            int n;
            boolean waits;
            do {
                n = descriptor.transport().sendRecord(descriptor.fd(), address, length, blocking);
                boolean woken = n == -Errno.EINTR && descriptor.transport().isSendingRecordsBlocking();
                waits = blocking && !woken;
            } while (descriptor.awaitRetry(waits, n, Constants.POLLOUT));
            if (n > 0)
                descriptor.countWritten(n);
            return n;
        } finally {
            descriptor.exitWrite();
        }
    }

    private int writeResult(int n, int length) throws IOException {
        if (n < 0 && !isOpen())
            throw new AsynchronousCloseException(); // in non-blocking mode, in the middle of a record
        if (n >= 0 || n == -Errno.EAGAIN)
            return Math.max(n, 0);
        if (n == -Errno.ETIMEDOUT)
            shutdownOutput(); // what follows would arrive behind the part that was sent
        int errno = errnoOfWrite(-n);
        throw broken("write", errno, failed(errno, length));
    }

    private IOException failed(int errno, long length) {
        return Errno.recordFailed(errno, length, options().bufferSizeOrUnknown(), peer());
    }
}
