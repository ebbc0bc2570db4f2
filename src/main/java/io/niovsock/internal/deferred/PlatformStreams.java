// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.internal.jdk.ChannelStreams;
import io.niovsock.internal.natives.Constants;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The streams of a deferred channel that is TCP. The platform's channel has no transfer that does not wait, so this
 * class first checks whether there is something to read, or room for the whole buffer. The transfer may wait under the
 * lock nevertheless, if another thread calls the channel itself in between, if the program has made the buffer of the
 * socket smaller since, or if the system limits unsent bytes (tcp_notsent_lowat).
 */
final class PlatformStreams extends ChannelStreams {
    // With less than a third of the buffer free, TCP is not ready for writing (sk_stream_is_writeable, Linux 6.1); and
    // what the kernel counts for bytes is less than twice their number.
    private static final int PARTS_OF_BUFFER = 8;

    private final SocketChannel platform;
    private final ReentrantLock writeLock = new ReentrantLock(); // so that a stream's write stays in one piece
    private int room; // the number of bytes that fit if TCP is ready for writing; 0: not known

    PlatformStreams(SelectableChannel channel, SocketChannel platform) {
        super(channel);
        this.platform = platform;
    }

    @Override
    protected int tryRead(ByteBuffer dst) throws IOException {
        return isReadyWithin(0, Constants.POLLIN) ? platform.read(dst) : 0;
    }

    @Override
    protected int awaitRead(ByteBuffer dst) throws IOException {
        return platform.read(dst);
    }

    @Override
    protected int tryOrAwaitWrite(ByteBuffer src) throws IOException {
        if (fits(src.remaining()) && writeLock.tryLock()) {
            try {
                if (isReadyWithin(0, Constants.POLLOUT) || isReadySoon(Constants.POLLOUT))
                    return platform.write(src);
            } finally {
                writeLock.unlock();
            }
        }
        return areCaller() ? new Handover(src, this::lockAndWriteAll).start().result() : platform.write(src);
    }

    /** Once a virtual thread has used the platform's channel, a write of it may write a part. */
    private int lockAndWriteAll(ByteBuffer src) throws IOException {
        writeLock.lock();
        try {
            int written = 0;
            int n;
            do {
                n = platform.write(src);
                written += n;
            } while (n > 0 && src.hasRemaining());
            return written;
        } finally {
            writeLock.unlock();
        }
    }

    /** The kernel may enlarge the buffer of a connection at any time. */
    private boolean fits(int length) throws IOException {
        if (length > room)
            room = platform.getOption(StandardSocketOptions.SO_SNDBUF) / PARTS_OF_BUFFER;
        return length <= room;
    }
}
