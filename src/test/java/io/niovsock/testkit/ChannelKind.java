// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The ways to open a stream channel. One contract holds for all; the JDK's own channel is the reference. */
public enum ChannelKind {
    /** The JDK's own TCP channel, the reference. */
    JDK_TCP,

    /** A deferred channel that an Internet address makes TCP. */
    TCP,

    /** A channel that is vsock from the start. */
    VSOCK,

    /** A deferred channel that a vsock address makes vsock. */
    DEFERRED_VSOCK;

    private static final int TCPMUX = 1;

    /** Returns the whole port of an endpoint: {@code getPort()} has the low 16 bits of a vsock port, which may be 0. */
    public static long portOf(SocketAddress endpoint) {
        return endpoint instanceof VsockSocketAddress vsock ? vsock.getVsockPort()
            : ((InetSocketAddress) endpoint).getPort();
    }

    public boolean isVsock() {
        return this == VSOCK || this == DEFERRED_VSOCK;
    }

    /** Whether the channel is undecided until its first address. */
    public boolean isDeferred() {
        return this == TCP || this == DEFERRED_VSOCK;
    }

    public SocketChannel openClient() throws IOException {
        return switch (this) {
            case JDK_TCP -> SocketChannel.open(StandardProtocolFamily.INET);
            case VSOCK -> SocketChannel.open(VsockProtocolFamily.VSOCK);
            case TCP, DEFERRED_VSOCK -> SocketChannel.open();
        };
    }

    public ServerSocketChannel openServer() throws IOException {
        return switch (this) {
            case JDK_TCP -> ServerSocketChannel.open(StandardProtocolFamily.INET);
            case VSOCK -> ServerSocketChannel.open(VsockProtocolFamily.VSOCK);
            case TCP, DEFERRED_VSOCK -> ServerSocketChannel.open();
        };
    }

    /** A listener at an endpoint of its own, reachable only from this machine. */
    public ServerSocketChannel listen() throws IOException {
        ServerSocketChannel server = openServer();
        try {
            return server.bind(freeEndpoint());
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** An address to bind to: the loopback, and a free port. */
    public InetSocketAddress freeEndpoint() {
        return endpoint(0);
    }

    /** An address of the loopback with this port. */
    public InetSocketAddress endpoint(int port) {
        return isVsock() ? VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, port)
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /**
     * An endpoint without a listener. Over TCP, its port is one that the kernel never assigns by itself: the port of a
     * closed listener could go to the next listener, or to the connecting socket.
     */
    public InetSocketAddress nobody() throws IOException {
        if (!isVsock())
            return endpoint(TCPMUX);
        try (ServerSocketChannel server = listen()) {
            return (InetSocketAddress) server.getLocalAddress();
        }
    }
}
