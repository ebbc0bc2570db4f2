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
 * looks first whether there is something to read, or room for the whole buffer. The transfer may wait under the lock
 * nevertheless, if another thread calls the channel itself in between, if the program has made the buffer of the socket
 * smaller since, or if the system limits unsent bytes (tcp_notsent_lowat).
 */
final class PlatformStreams extends ChannelStreams {
    // With less than a third of the buffer free, TCP is not ready for writing (sk_stream_is_writeable, Linux 6.1); and
    // what the kernel counts for bytes is less than twice their number.
    private static final int PARTS_OF_BUFFER = 8;

    private final SocketChannel platform;
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
        if (fits(src.remaining()) && isReadySoon(Constants.POLLOUT) || !areCaller())
            return platform.write(src);
        return new Handover(src, platform::write).start().result();
    }

    /** The kernel may enlarge the buffer of a connection at any time. */
    private boolean fits(int length) throws IOException {
        if (length > room)
            room = platform.getOption(StandardSocketOptions.SO_SNDBUF) / PARTS_OF_BUFFER;
        return length <= room;
    }
}
