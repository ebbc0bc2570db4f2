// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.VsockSocketAddress;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The address that makes a socket vsock, and sockets that get an address of each kind. */
class DecidingTest {
    private static InetSocketAddress plain(InetSocketAddress address) {
        return new InetSocketAddress(address.getAddress(), address.getPort());
    }

    @Test
    void a_wildcard_with_port_0_says_nothing_yet() throws IOException {
        Socket client = SocketKind.VSOCK.open();
        client.bind(new InetSocketAddress(0));
        try (SocketPair pair = SocketPair.of(SocketKind.VSOCK, client)) {
            assertInstanceOf(VsockSocketAddress.class, client.getLocalSocketAddress());
        }
    }

    @Test
    void a_socket_bound_to_an_internet_address_does_not_reach_vsock() throws IOException {
        try (ServerSocket server = SocketKind.VSOCK.listen(); Socket client = SocketKind.VSOCK.open()) {
            client.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketException e = assertFails(SocketException.class,
                () -> client.connect(server.getLocalSocketAddress()));
            assertEquals(server.getLocalSocketAddress() + ": this socket is already TCP", e.getMessage());
        }
    }

    @Test
    void a_socket_bound_to_vsock_does_not_reach_an_internet_address() throws IOException {
        try (ServerSocket server = SocketKind.TCP.listen(); Socket client = SocketKind.TCP.open()) {
            client.bind(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0));
            assertFails(SocketException.class, () -> client.connect(server.getLocalSocketAddress()));
        }
    }

    @Test
    void a_mapped_address_may_be_bound_to() throws IOException {
        try (ServerSocket server = SocketKind.VSOCK.openServer(); Socket client = SocketKind.VSOCK.open()) {
            server.bind(plain(SocketKind.VSOCK.freeEndpoint()));
            client.bind(plain(SocketKind.VSOCK.freeEndpoint()));
            client.connect(server.getLocalSocketAddress());
            server.accept().close();
            assertInstanceOf(VsockSocketAddress.class, server.getLocalSocketAddress());
        }
    }

    @Test
    void a_mapped_address_is_not_connected_to_unless_the_user_allows_it() throws IOException {
        try (ServerSocket server = SocketKind.VSOCK.listen(); Socket client = SocketKind.VSOCK.open()) {
            InetSocketAddress mapped = plain((InetSocketAddress) server.getLocalSocketAddress());
            SocketException e = assertFails(SocketException.class, () -> client.connect(mapped));
            assertTrue(e.getMessage().contains("-Dio.niovsock.mapped=true"), e::getMessage);
            assertFails(SocketException.class, () -> client.connect(server.getLocalSocketAddress()));
        }
    }

    @Test
    void a_listener_that_could_not_have_a_tcp_port_can_still_be_vsock() throws IOException {
        try (ServerSocket first = SocketKind.TCP.listen(); ServerSocket second = SocketKind.TCP.openServer()) {
            assertFails(java.net.BindException.class, () -> second.bind(first.getLocalSocketAddress()));
            second.bind(SocketKind.VSOCK.freeEndpoint());
            assertInstanceOf(VsockSocketAddress.class, second.getLocalSocketAddress());
        }
    }

    @Test
    void a_socket_closed_before_its_first_address_stays_closed() throws IOException {
        Socket client = SocketKind.VSOCK.open();
        client.setTcpNoDelay(true);
        client.close();
        assertFails(SocketException.class, () -> client.connect(SocketKind.VSOCK.freeEndpoint()));
        assertFalse(client.isConnected());
    }
}
