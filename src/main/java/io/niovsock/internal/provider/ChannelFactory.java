// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.provider;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.internal.channel.Origin;
import io.niovsock.internal.channel.VsockDatagramChannel;
import io.niovsock.internal.channel.VsockServerSocketChannel;
import io.niovsock.internal.channel.VsockSocketChannel;
import io.niovsock.internal.deferred.DeferredDatagramChannel;
import io.niovsock.internal.deferred.DeferredServerSocketChannel;
import io.niovsock.internal.deferred.DeferredSocketChannel;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.trace.Trace;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.ProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

/**
 * Opens the channels of a provider. This class can be linked only if {@code sun.nio.ch} is visible to this library. A
 * program that uses one kind of channel loads the classes of that kind only.
 */
public final class ChannelFactory {
    private ChannelFactory() { }

    private static SelectorProvider platform() throws IOException {
        return PlatformProvider.get();
    }

    /** The platform's provider for a channel of its own family, which is not undecided. */
    private static SelectorProvider platform(String channel, ProtocolFamily family) throws IOException {
        Trace.notCaught(channel, "it is opened for the family " + family);
        return platform();
    }

    public static SocketChannel socketChannel(SelectorProvider provider) {
        return DeferredSocketChannel.of(provider, () -> platform().openSocketChannel());
    }

    public static SocketChannel socketChannel(SelectorProvider provider, ProtocolFamily family) throws IOException {
        return family instanceof VsockProtocolFamily vsock
            ? VsockSocketChannel.open(provider, open(typeOf(vsock) | Constants.SOCK_NONBLOCK))
            : platform("SocketChannel", family).openSocketChannel(family);
    }

    public static ServerSocketChannel serverSocketChannel(SelectorProvider provider) {
        return DeferredServerSocketChannel.of(provider, () -> PlatformProvider.openServerSocketChannel(provider));
    }

    public static ServerSocketChannel serverSocketChannel(SelectorProvider provider, ProtocolFamily family)
        throws IOException {
        return family instanceof VsockProtocolFamily vsock
            ? VsockServerSocketChannel.open(provider, open(typeOf(vsock)))
            : platform("ServerSocketChannel", family).openServerSocketChannel(family);
    }

    public static DatagramChannel datagramChannel(SelectorProvider provider) throws IOException {
        return DeferredDatagramChannel.of(provider, () -> platform().openDatagramChannel());
    }

    public static DatagramChannel datagramChannel(SelectorProvider provider, ProtocolFamily family) throws IOException {
        if (family == VsockProtocolFamily.VSOCK_SEQPACKET)
            throw new UnsupportedOperationException("VSOCK_SEQPACKET is connection-oriented: use"
                + " SocketChannel.open(VSOCK_SEQPACKET)");
        return family == VsockProtocolFamily.VSOCK
            ? VsockDatagramChannel.open(provider, Origin.open(Transport.current(MethodHandles.lookup()),
                Constants.SOCK_DGRAM))
            : platform("DatagramChannel", family).openDatagramChannel(family);
    }

    public static AbstractSelector selector(SelectorProvider provider) throws IOException {
        return PlatformProvider.openSelector(provider);
    }

    public static Pipe pipe(SelectorProvider provider) throws IOException {
        return PlatformProvider.openPipe(provider);
    }

    private static Origin open(int type) throws IOException {
        return Origin.open(Transport.ofNew(MethodHandles.lookup()), type);
    }

    private static int typeOf(VsockProtocolFamily family) {
        if (family == VsockProtocolFamily.VSOCK)
            return Constants.SOCK_STREAM;
        if (family == VsockProtocolFamily.VSOCK_SEQPACKET)
            return Constants.SOCK_SEQPACKET;
        throw new AssertionError(family);
    }
}
