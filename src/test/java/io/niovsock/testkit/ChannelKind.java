package io.niovsock.testkit;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The ways to a stream channel. One contract holds for all, and the JDK's own channel is the measure of the others. */
public enum ChannelKind {
    /** The JDK's own TCP channel, as the reference. */
    JDK_TCP,

    /** A deferred channel that an Internet address makes TCP. */
    TCP,

    /** A channel that is vsock from the start. */
    VSOCK,

    /** A deferred channel that a vsock address makes vsock. */
    DEFERRED_VSOCK;

    private static final int TCPMUX = 1;

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

    /** A listener at an endpoint of its own, reachable from this machine alone. */
    public ServerSocketChannel listen() throws IOException {
        ServerSocketChannel server = openServer();
        try {
            return server.bind(freeEndpoint());
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** Where to bind: the loopback, and a port that is free. */
    public InetSocketAddress freeEndpoint() {
        return endpoint(0);
    }

    /** A port of the loopback. */
    public InetSocketAddress endpoint(int port) {
        return isVsock() ? VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, port)
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /**
     * An endpoint at which no socket listens. Over TCP it is one that no program is given unasked: the port of a listener that
     * was closed may be the next one's, or that of the connecting socket itself.
     */
    public InetSocketAddress nobody() throws IOException {
        if (!isVsock())
            return endpoint(TCPMUX);
        try (ServerSocketChannel server = listen()) {
            return (InetSocketAddress) server.getLocalAddress();
        }
    }
}
