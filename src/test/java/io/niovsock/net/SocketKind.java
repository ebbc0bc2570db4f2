// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * The ways to create a socket of {@code java.net}. One contract holds for all; the JDK's own socket is the reference.
 */
public enum SocketKind {
    /** The JDK's own socket, the reference. */
    JDK_TCP,

    /** A socket of this library that an Internet address makes TCP. */
    TCP,

    /** A socket of this library that a vsock address makes vsock. */
    VSOCK;

    public Socket open() throws IOException {
        return this == JDK_TCP ? new Socket() : VsockSocketFactory.getDefault().createSocket();
    }

    ServerSocket openServer() throws IOException {
        return this == JDK_TCP ? new ServerSocket() : VsockServerSocketFactory.getDefault().createServerSocket();
    }

    /** A listener at an endpoint of its own, reachable only from this machine. */
    public ServerSocket listen() throws IOException {
        ServerSocket server = openServer();
        try {
            server.bind(freeEndpoint());
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    InetSocketAddress freeEndpoint() {
        return this == VSOCK ? VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0)
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** An endpoint that was free a moment ago. */
    InetSocketAddress nobody() throws IOException {
        try (ServerSocket server = listen()) {
            return (InetSocketAddress) server.getLocalSocketAddress();
        }
    }
}
