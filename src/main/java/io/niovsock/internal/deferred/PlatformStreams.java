// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.internal.jdk.ChannelStreams;
import io.niovsock.internal.natives.Constants;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;

/**
 * The streams of a deferred channel that is TCP. The platform's channel has no transfer that does not wait, so this
 * looks whether there is something to read, or room for a part of the buffer. A read could still wait under the lock,
 * if another thread that uses the channel itself takes the bytes in between.
 */
final class PlatformStreams extends ChannelStreams {
    // With less than a third of the buffer free, TCP is not ready for writing (sk_stream_is_writeable, Linux 6.1); and
    // what the kernel counts for bytes is less than twice their number.
    private static final int PARTS = 8;

    private final SocketChannel platform;
    private int room; // for that many bytes, if TCP is ready for writing; 0: not known

    PlatformStreams(SelectableChannel channel, SocketChannel platform) {
        super(channel);
        this.platform = platform;
    }

    @Override
    protected int tryRead(ByteBuffer dst) throws IOException {
        return isReadyWithin(0, Constants.POLLIN) ? platform.read(dst) : 0;
    }

    @Override
    protected int tryWrite(ByteBuffer src) throws IOException {
        if (!isReadyWithin(0, Constants.POLLOUT))
            return 0;
        int limit = src.limit();
        try {
            src.limit(src.position() + Math.min(src.remaining(), roomFor(src.remaining())));
            return platform.write(src);
        } finally {
            src.limit(limit);
        }
    }

    /** The kernel may enlarge the buffer of a connection at any time. */
    private int roomFor(int length) throws IOException {
        if (length > room)
            room = Math.max(1, platform.getOption(StandardSocketOptions.SO_SNDBUF) / PARTS);
        return room;
    }

    @Override
    protected int awaitRead(ByteBuffer dst) throws IOException {
        return platform.read(dst);
    }

    @Override
    protected int awaitWrite(ByteBuffer src) throws IOException {
        return platform.write(src);
    }
}
