// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Programs that take a factory of {@code javax.net}, as an object or by the name of its class. */
class FactoryTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @Test
    void a_host_and_a_port_are_tcp() throws IOException {
        try (ServerSocket server = VsockServerSocketFactory.getDefault().createServerSocket(0, 5, LOOPBACK)) {
            for (Socket client : new Socket[] {
                    VsockSocketFactory.getDefault().createSocket(LOOPBACK.getHostAddress(), server.getLocalPort()),
                    VsockSocketFactory.getDefault().createSocket((String) null, server.getLocalPort()),
                    VsockSocketFactory.getDefault().createSocket(LOOPBACK, server.getLocalPort()),
                    VsockSocketFactory.getDefault()
                        .createSocket(LOOPBACK.getHostAddress(), server.getLocalPort(), LOOPBACK, 0),
                    VsockSocketFactory.getDefault().createSocket(LOOPBACK, server.getLocalPort(), LOOPBACK, 0) }) {
                try (client; Socket peer = server.accept()) {
                    assertSame(InetSocketAddress.class, peer.getRemoteSocketAddress().getClass());
                    assertEquals(client.getLocalSocketAddress(), peer.getRemoteSocketAddress());
                }
            }
        }
    }

    @Test
    void a_factory_with_an_endpoint_connects_there_whatever_it_is_told() throws IOException {
        try (ServerSocket server = SocketKind.VSOCK.listen()) {
            VsockSocketFactory factory = new VsockSocketFactory(server.getLocalSocketAddress().toString());
            try (Socket client = factory.createSocket()) {
                client.connect(InetSocketAddress.createUnresolved("database.invalid", 5432), 1000);
                assertEquals(server.getLocalSocketAddress(), client.getRemoteSocketAddress());
                server.accept().close();
            }
            for (Socket client : new Socket[] { factory.createSocket("database.invalid", 5432),
                    factory.createSocket(LOOPBACK, 5432) }) {
                try (client; Socket peer = server.accept()) {
                    assertInstanceOf(VsockSocketAddress.class, peer.getRemoteSocketAddress());
                }
            }
        }
    }

    @Test
    void a_server_factory_with_an_endpoint_listens_there_whatever_it_is_told() throws IOException {
        VsockSocketAddress endpoint = (VsockSocketAddress) SocketKind.VSOCK.nobody();
        VsockServerSocketFactory factory = new VsockServerSocketFactory(endpoint);
        try (ServerSocket server = factory.createServerSocket(8080);
             Socket client = new VsockSocketFactory(endpoint).createSocket()) {
            assertEquals(endpoint, server.getLocalSocketAddress());
            client.connect(new InetSocketAddress(LOOPBACK, 1));
            server.accept().close();
        }
        try (ServerSocket unbound = factory.createServerSocket()) {
            unbound.bind(null);
            assertEquals(endpoint, unbound.getLocalSocketAddress());
        }
    }

    @Test
    void an_empty_endpoint_is_none() throws IOException {
        try (ServerSocket server = new VsockServerSocketFactory("").createServerSocket(0, 0, LOOPBACK);
             Socket client = new VsockSocketFactory((String) null).createSocket(LOOPBACK, server.getLocalPort())) {
            assertEquals(server.getLocalPort(), client.getPort());
        }
    }

    @Test
    void a_wrong_endpoint_is_refused_at_once() {
        assertFails(IllegalArgumentException.class, () -> new VsockSocketFactory("10.0.0.1:5000"));
        assertFails(IllegalArgumentException.class, () -> new VsockServerSocketFactory("vsock:5000"));
    }

    @Test
    void what_cannot_be_connected_leaves_no_socket() throws IOException {
        int nobody = SocketKind.TCP.nobody().getPort();
        assertFails(java.net.ConnectException.class,
            () -> VsockSocketFactory.getDefault().createSocket(LOOPBACK, nobody));
        assertFails(UnknownHostException.class, () -> VsockSocketFactory.getDefault().createSocket("host.invalid", 1));
        assertFails(IllegalArgumentException.class,
            () -> VsockSocketFactory.getDefault().createSocket(LOOPBACK, 65536));
        try (ServerSocket server = SocketKind.TCP.listen()) {
            assertThrows(java.net.BindException.class,
                () -> VsockServerSocketFactory.getDefault().createServerSocket(server.getLocalPort(), 0, LOOPBACK));
        }
    }

    @Test
    void a_factory_is_found_by_the_name_of_its_class() throws Exception {
        Class<?> named = Class.forName("io.niovsock.VsockSocketFactory");
        assertInstanceOf(VsockSocketFactory.class, named.getConstructor().newInstance());
        assertInstanceOf(VsockSocketFactory.class, named.getConstructor(String.class).newInstance("vsock:3:5432"));
        assertInstanceOf(VsockSocketFactory.class, named.getMethod("getDefault").invoke(null));
    }
}
