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
 * Channels of the platform's that are closed. They refuse, in the platform's own words, what a deferred channel is asked that is
 * closed and was never opened; and if no descriptor is left to open one, they answer what needs none. There are two for the
 * whole JVM: nothing can be set of a closed channel.
 */
public final class ClosedChannels {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static volatile SocketChannel stream; // null: could not be made, as the next
    private static volatile ServerSocketChannel listener;

    private ClosedChannels() { }

    /**
     * Makes them, before the first deferred channel, while descriptors are left. A process that may have no Internet sockets
     * (seccomp, systemd's RestrictAddressFamilies) gets none, and needs none for vsock.
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
        NATIVES.setDescriptor(Descriptors.of(channel), -1); // or the JDK would send files to whatever has the number next
        return channel;
    }

    /**
     * The one that is of the same kind.
     *
     * @throws IOException if the platform cannot open such a channel here
     */
    static SelectableChannel like(SelectableChannel channel) throws IOException {
        SelectableChannel closed = channel instanceof SocketChannel ? stream : listener;
        if (closed != null)
            return closed;
        make();
        return channel instanceof SocketChannel ? stream : listener;
    }
}
