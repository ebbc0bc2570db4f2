// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.jdk.ChannelStreams;
import io.niovsock.internal.natives.Constants;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;

/** The streams of a vsock connection. */
final class VsockStreams extends ChannelStreams {
    private final VsockSocketChannel connection;

    VsockStreams(SelectableChannel channel, VsockSocketChannel connection) {
        super(channel);
        this.connection = connection;
    }

    @Override
    protected int tryRead(ByteBuffer dst) throws IOException {
        return connection.tryRead(dst);
    }

    @Override
    protected int awaitRead(ByteBuffer dst) throws IOException {
        return connection.read(dst, 0, true);
    }

    @Override
    protected int tryOrAwaitWrite(ByteBuffer src) throws IOException {
        WriteLock lock = connection.descriptor.writeLock;
        if (!lock.tryLock())
            return areCaller() ? new Handover(src, this::awaitWrite).start().result() : awaitWrite(src);
        int n = 0;
        boolean leavesRest;
        try {
            do {
                n += connection.lockedWriteOfStream(src);
                leavesRest = src.hasRemaining() && areCaller();
            } while (leavesRest && isReadySoon(Constants.POLLOUT));
            if (leavesRest)
                lock.beginRest();
        } finally {
            lock.unlock();
        }
        return leavesRest ? n + writeRest(src, lock) : n;
    }

    private int awaitWrite(ByteBuffer src) throws IOException {
        WriteLock lock = connection.descriptor.writeLock;
        lock.lock();
        try {
            return connection.lockedWriteBlocking(src);
        } finally {
            lock.unlock();
        }
    }

    private int writeRest(ByteBuffer src, WriteLock lock) throws IOException {
        Handover rest;
        try {
            rest = new Handover(src, this::lockAndWriteRest).start();
        } catch (RuntimeException | Error e) { // such as: no thread is to be had
            lock.lockForRest();
            endRest(lock);
            throw e;
        }
        return rest.result();
    }

    private int lockAndWriteRest(ByteBuffer src) throws IOException {
        WriteLock lock = connection.descriptor.writeLock;
        lock.lockForRest();
        try {
            return connection.lockedWriteBlocking(src);
        } finally {
            endRest(lock);
        }
    }

    private static void endRest(WriteLock lock) {
        lock.endRest();
        lock.unlock();
    }
}
