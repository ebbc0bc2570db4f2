// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Closed channels of the platform, as delegates of deferred channels. If a deferred channel is closed and never had a
 * delegate, one of these throws the platform's exceptions for it. If no descriptor is left to open a delegate, one of
 * these answers methods that need no descriptor. Two instances serve the whole JVM: a closed channel has no state that
 * can be set.
 */
public final class ClosedChannels {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static volatile SocketChannel stream; // null: could not be created; the same for listener
    private static volatile ServerSocketChannel listener;

    private ClosedChannels() { }

    /**
     * Creates the channels before the first deferred channel, while descriptors are left. A process that may not have
     * Internet sockets (seccomp, systemd's RestrictAddressFamilies) gets none, and needs none for vsock.
     */
    public static void prepare() {
        try {
            make();
        } catch (IOException noInternet) {
            assert stream == null || listener == null; // `like` tries again, and says why
        }
    }

    private static synchronized void make() throws IOException {
        if (stream == null)
            stream = closed(PlatformProvider.get().openSocketChannel());
        if (listener == null)
            listener = closed(PlatformProvider.get().openServerSocketChannel());
    }

    private static <C extends SelectableChannel> C closed(C channel) throws IOException {
        channel.close();
        NATIVES.setDescriptor(Descriptors.of(channel), -1); // or else transferTo would write to the number's next owner
        return channel;
    }

    /**
     * The closed channel of the same kind.
     *
     * @throws IOException if the platform cannot open such a channel
     */
    static SelectableChannel like(SelectableChannel channel) throws IOException {
        SelectableChannel closed = channel instanceof SocketChannel ? stream : listener;
        if (closed != null)
            return closed;
        make();
        return channel instanceof SocketChannel ? stream : listener;
    }
}
