// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A channel whose descriptor counts how often it gives its number back, and keeps it nevertheless: all channels of a
 * process have the same number, so that making one costs no system call.
 */
final class StressedChannel {
    /** What an operation has found. */
    static final int REFUSED = 0; // the channel was closed
    static final int DONE = 1;
    static final int RELEASED = 2; // the number was given back while the operation could use it

    private static final int LOOKS = 100;

    private static final SocketChannel MODEL = model();
    private static final Transport TRANSPORT = ((VsockChannel) MODEL).descriptor().transport();
    private static final int NUMBER = ((VsockChannel) MODEL).descriptor().fd();

    final VsockSocketChannel channel;
    private final ChannelDescriptor descriptor;
    private final AtomicInteger releases = new AtomicInteger();

    StressedChannel() {
        try {
            channel = VsockSocketChannel.of(VsockSelectorProvider.instance(), Origin.made(TRANSPORT, NUMBER,
                Constants.SOCK_STREAM, releases::incrementAndGet, null), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        descriptor = channel.descriptor;
    }

    private static SocketChannel model() {
        try {
            return SocketChannel.open(VsockProtocolFamily.VSOCK);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An operation of a reader; instead of a system call, it looks whether the number is given back. */
    int read() {
        descriptor.readLock.lock();
        try {
            if (!channel.isOpen())
                return REFUSED;
            descriptor.enterRead();
            return look();
        } catch (ClosedChannelException e) {
            return REFUSED;
        } finally {
            descriptor.exitRead();
            descriptor.readLock.unlock();
        }
    }

    /** The same of a writer. */
    int write() {
        return write(() -> { });
    }

    /** The same of a writer that closes the channel before it leaves. */
    int writeAndClose() {
        return write(this::close);
    }

    private int write(Runnable last) {
        descriptor.writeLock.lock();
        try {
            if (!channel.isOpen())
                return REFUSED;
            descriptor.enterWrite();
            int found = look();
            last.run();
            return releases.get() == 0 ? found : RELEASED;
        } catch (ClosedChannelException e) {
            return REFUSED;
        } finally {
            descriptor.exitWrite();
            descriptor.writeLock.unlock();
        }
    }

    private int look() {
        for (int i = 0; i < LOOKS; i++)
            if (releases.get() != 0)
                return RELEASED;
        return DONE;
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a selector know the channel, which must be in non-blocking mode. */
    void register() {
        try {
            channel.register(KeySelector.INSTANCE, 0);
        } catch (ClosedChannelException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the selector forget the channel. Returns whether the number was kept as long as the selector had it. */
    int deregister() {
        SelectionKey key = channel.keyFor(KeySelector.INSTANCE);
        boolean kept = true;
        for (int i = 0; i < LOOKS; i++)
            kept &= releases.get() == 0;
        KeySelector.INSTANCE.forget(key);
        if (!channel.isOpen() && !channel.isRegistered())
            descriptor.kill();
        return kept ? DONE : RELEASED;
    }

    /** What a selector calls that does not know the channel any more. */
    void kill() {
        descriptor.kill();
    }

    void setBlocking(boolean blocking) {
        try {
            channel.configureBlocking(blocking);
        } catch (ClosedChannelException closedBefore) {
            assert !channel.isOpen();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often the number was given back: once, after a close and all operations. */
    int releases() {
        return releases.get();
    }
}
