// SPDX-License-Identifier: Apache-2.0
package io.niovsock.accept;

import io.niovsock.VsockPeers;
import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ServerSocketChannel;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A program that says from which CIDs it accepts gets no TCP listener, which would accept every peer. */
class TcpListenerTest {
    private static final InetSocketAddress TCP = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final VsockSocketAddress VSOCK = VsockSocketAddress.local(0);

    private static void assertRefused(Executable bind) {
        String message = assertFails(SocketException.class, bind).getMessage();
        assertEquals("VSOCK_ACCEPT_FROM=host is set, and the address of the bind is not vsock: a TCP listener would"
            + " accept every peer. Bind it to a vsock address, or add a rule to -Dio.niovsock.rules, or leave the"
            + " option", message);
    }

    @Test
    void aChannelIsNotBound() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            assertRefused(() -> server.bind(TCP));
            assertRefused(() -> server.bind(null));
            assertRefused(() -> server.socket().bind(TCP));
            assertNull(server.getLocalAddress());
            server.bind(VSOCK);
            assertEquals(VsockPeers.HOST, server.getOption(VsockSocketOptions.ACCEPT_FROM));
        }
    }

    @Test
    void anAsynchronousChannelIsNotBound() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            assertRefused(() -> server.bind(TCP));
            assertRefused(() -> server.bind(null));
            assertNull(server.getLocalAddress());
            server.bind(VSOCK);
            assertEquals(VsockPeers.HOST, server.getOption(VsockSocketOptions.ACCEPT_FROM));
        }
    }

    @Test
    void aServerSocketIsNotBound() throws Exception {
        try (ServerSocket server = VsockServerSocketFactory.getDefault().createServerSocket()) {
            server.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            assertRefused(() -> server.bind(TCP));
            assertFalse(server.isBound());
            server.bind(VSOCK);
            assertEquals(VsockPeers.HOST, server.getOption(VsockSocketOptions.ACCEPT_FROM));
        }
    }

    @Test
    void aProgramThatAcceptsFromEveryPeerMayListenByTcp() throws Exception {
        try (ServerSocketChannel channel = ServerSocketChannel.open();
             AsynchronousServerSocketChannel asynchronous = AsynchronousServerSocketChannel.open();
             ServerSocket socket = VsockServerSocketFactory.getDefault().createServerSocket()) {
            channel.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST);
            channel.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.ANY);
            asynchronous.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.ANY);
            socket.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.ANY);
            assertNotNull(channel.bind(TCP).getLocalAddress());
            assertNotNull(asynchronous.bind(TCP).getLocalAddress());
            socket.bind(TCP);
            assertTrue(socket.isBound());
        }
    }

    @Test
    void aListenerThatIsTcpAlreadyDoesNotSupportTheOption() throws Exception {
        try (ServerSocketChannel channel = ServerSocketChannel.open().bind(TCP);
             AsynchronousServerSocketChannel asynchronous = AsynchronousServerSocketChannel.open().bind(TCP);
             ServerSocket socket = VsockServerSocketFactory.getDefault().createServerSocket()) {
            socket.bind(TCP);
            assertFails(UnsupportedOperationException.class,
                () -> channel.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST));
            assertFails(UnsupportedOperationException.class,
                () -> asynchronous.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST));
            assertFails(UnsupportedOperationException.class,
                () -> socket.setOption(VsockSocketOptions.ACCEPT_FROM, VsockPeers.HOST));
        }
    }
}
