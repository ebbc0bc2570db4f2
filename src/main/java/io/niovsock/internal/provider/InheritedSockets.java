// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.provider;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.channel.InheritedSocket;
import io.niovsock.internal.channel.Origin;
import io.niovsock.internal.channel.VsockDatagramChannel;
import io.niovsock.internal.channel.VsockServerSocketChannel;
import io.niovsock.internal.channel.VsockSocketChannel;
import io.niovsock.internal.jdk.PlatformProvider;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.SocketException;
import java.nio.channels.Channel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sockets that this process was started with, as channels. Each channel is created once in the JVM. */
public final class InheritedSockets {
    private static final int STANDARD_INPUT = 0;

    private InheritedSockets() { }

    // -- guarded by this class

    private static Channel standardInput;
    private static final Map<Integer, Channel> passed = new HashMap<>();

    // -- end of what is guarded by this class

    /** The channel of standard input, if that is a vsock socket; otherwise the platform's answer, a channel or null. */
    public static synchronized Channel standardInput(SelectorProvider provider) throws IOException {
        Transport transport = Transport.current(MethodHandles.lookup());
        if (standardInput == null && transport.owns(STANDARD_INPUT))
            standardInput = channel(provider, transport, STANDARD_INPUT);
        return standardInput != null ? standardInput : PlatformProvider.get().inheritedChannel();
    }

    /**
     * The channels of the sockets that a service manager has passed, or of those with the name. If one is not vsock,
     * none is created.
     */
    public static synchronized List<Channel> passed(SelectorProvider provider, String nameOrNull) throws IOException {
        Transport transport = Transport.current(MethodHandles.lookup());
        List<PassedDescriptor> chosen = PassedDescriptor.in(System.getenv(), ProcessHandle.current().pid()).stream()
            .filter(descriptor -> nameOrNull == null || descriptor.name().equals(nameOrNull)).toList();
        for (PassedDescriptor descriptor : chosen)
            if (!passed.containsKey(descriptor.fd()) && !transport.owns(descriptor.fd()))
                throw new SocketException(descriptor + " is not a socket of the " + transport + " vsock: it is "
                    + Transport.describe(descriptor.fd()));
        List<Channel> channels = new ArrayList<>();
        for (PassedDescriptor descriptor : chosen) {
            Channel channel = passed.get(descriptor.fd());
            if (channel == null)
                passed.put(descriptor.fd(), channel = channel(provider, transport, descriptor.fd()));
            channels.add(channel);
        }
        return List.copyOf(channels);
    }

    /**
     * A stream socket without a peer is a listener, as with the platform, even if it is not bound yet. Everything that
     * can fail is asked before the socket is adopted.
     */
    private static Channel channel(SelectorProvider provider, Transport transport, int fd) throws IOException {
        VsockSocketAddress local = transport.boundEndpoint(fd);
        VsockSocketAddress remote = transport.peerEndpoint(fd);
        InheritedSocket socket = fd == STANDARD_INPUT ? InheritedSocket.ofStandardInput(MethodHandles.lookup())
            : InheritedSocket.of(MethodHandles.lookup(), fd);
        Origin origin = Origin.inherited(transport, socket);
        if (origin.type() == Constants.SOCK_DGRAM)
            return new VsockDatagramChannel(provider, origin, local, remote);
        return remote != null ? VsockSocketChannel.of(provider, origin, remote)
            : new VsockServerSocketChannel(provider, origin, local);
    }
}
