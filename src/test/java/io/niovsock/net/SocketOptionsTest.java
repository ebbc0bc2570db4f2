// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.VsockSocketOptions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Options that are set before the first address hold after it. */
class SocketOptionsTest {
    @ForEachSocket
    void options_set_before_the_connect_hold_after_it(SocketKind kind) throws IOException {
        Socket client = kind.open();
        client.setSoTimeout(1234);
        client.setTcpNoDelay(true);
        client.setKeepAlive(true);
        client.setReuseAddress(true);
        client.setSoLinger(true, 7);
        client.setTrafficClass(8);
        client.setSendBufferSize(20_000);
        client.setReceiveBufferSize(30_000);
        try (SocketPair pair = SocketPair.of(kind, client)) {
            assertEquals(1234, client.getSoTimeout());
            assertTrue(client.getTcpNoDelay());
            assertTrue(client.getKeepAlive());
            assertTrue(client.getReuseAddress());
            assertEquals(7, client.getSoLinger());
            assertEquals(8, client.getTrafficClass());
            assertTrue(client.getSendBufferSize() >= 20_000,
                () -> "send buffer " + bufferSize(client, StandardSocketOptions.SO_SNDBUF));
            assertTrue(client.getReceiveBufferSize() >= 30_000,
                () -> "receive buffer " + bufferSize(client, StandardSocketOptions.SO_RCVBUF));
            client.setSoLinger(false, 0);
            assertEquals(-1, client.getSoLinger());
        }
    }

    private static int bufferSize(Socket socket, SocketOption<Integer> option) {
        try {
            return socket.getOption(option);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ForEachSocket
    void the_option_set_last_is_the_one_that_holds(SocketKind kind) throws IOException {
        Socket client = kind.open();
        client.setTcpNoDelay(false);
        client.setOption(StandardSocketOptions.TCP_NODELAY, false);
        client.setTcpNoDelay(true);
        try (SocketPair pair = SocketPair.of(kind, client)) {
            assertTrue(client.getTcpNoDelay());
            assertTrue(client.getOption(StandardSocketOptions.TCP_NODELAY));
        }
    }

    @ForEachSocket
    void every_supported_option_can_be_read_and_set_again(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            for (SocketOption<?> option : pair.peer().supportedOptions())
                if (!option.name().startsWith("SO_INCOMING")) // read-only options
                    setAgain(pair.peer(), option);
        }
    }

    private static <T> void setAgain(Socket socket, SocketOption<T> option) throws IOException {
        socket.setOption(option, socket.getOption(option));
    }

    @ForEachSocket
    void wrong_values_are_refused(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            assertFails(IllegalArgumentException.class, () -> pair.client().setSoTimeout(-1));
            assertFails(IllegalArgumentException.class, () -> pair.client().setReceiveBufferSize(0));
            assertFails(IllegalArgumentException.class, () -> pair.client().setTrafficClass(256));
            assertFails(NullPointerException.class, () -> pair.client().setOption(null, true));
        }
    }

    @ForEachSocket
    void a_closed_socket_has_no_options(SocketKind kind) throws IOException {
        SocketPair pair = SocketPair.of(kind);
        pair.close();
        assertFails(SocketException.class, () -> pair.client().setTcpNoDelay(true));
        assertFails(SocketException.class, () -> pair.client().getOption(StandardSocketOptions.SO_RCVBUF));
    }

    @ForEachSocket
    void a_listener_has_options(SocketKind kind) throws IOException {
        try (ServerSocket server = kind.openServer()) {
            server.setReuseAddress(true);
            server.setReceiveBufferSize(40_000);
            server.setSoTimeout(4321);
            server.setOption(StandardSocketOptions.IP_TOS, 16);
            server.bind(kind.freeEndpoint());
            assertTrue(server.getReuseAddress());
            assertTrue(server.getReceiveBufferSize() >= 40_000);
            assertEquals(4321, server.getSoTimeout());
            assertEquals(16, server.getOption(StandardSocketOptions.IP_TOS));
            server.setOption(StandardSocketOptions.IP_TOS, 8);
            assertEquals(8, server.getOption(StandardSocketOptions.IP_TOS));
        }
    }

    /** A vsock port is never shared. */
    @Test
    void vsock_has_each_standard_option_of_tcp_but_one() throws IOException {
        try (SocketPair tcp = SocketPair.of(SocketKind.JDK_TCP); SocketPair vsock = SocketPair.of(SocketKind.VSOCK);
             ServerSocket tcpListener = SocketKind.JDK_TCP.openServer();
             ServerSocket vsockListener = SocketKind.VSOCK.openServer()) {
            vsockListener.bind(SocketKind.VSOCK.freeEndpoint());
            assertHasAll(vsock.client().supportedOptions(), tcp.client().supportedOptions());
            assertHasAll(vsock.peer().supportedOptions(), tcp.peer().supportedOptions());
            assertHasAll(vsockListener.supportedOptions(), tcpListener.supportedOptions());
        }
    }

    private static void assertHasAll(Set<SocketOption<?>> options, Set<SocketOption<?>> ofTcp) {
        Set<SocketOption<?>> missing = new HashSet<>(ofTcp);
        missing.removeAll(options);
        missing.remove(StandardSocketOptions.SO_REUSEPORT);
        missing.removeIf(option -> !isStandard(option));
        assertEquals(Set.of(), missing);
    }

    private static boolean isStandard(SocketOption<?> option) {
        return Arrays.stream(StandardSocketOptions.class.getFields())
            .anyMatch(field -> field.getName().equals(option.name()));
    }

    @Test
    void an_undecided_socket_takes_the_options_of_vsock() throws IOException {
        Socket client = SocketKind.VSOCK.open();
        client.setOption(VsockSocketOptions.BUFFER_SIZE, 10_000L); // a new socket has more than twenty times that
        assertEquals(10_000, client.getOption(VsockSocketOptions.BUFFER_SIZE));
        try (SocketPair pair = SocketPair.of(SocketKind.VSOCK, client)) {
            long size = client.getOption(VsockSocketOptions.BUFFER_SIZE);
            assertTrue(size >= 10_000 && size <= 20_000, () -> "buffer size " + size); // AF_UNIX doubles it
        }
    }

    @Test
    void a_socket_that_became_tcp_has_no_options_of_vsock() throws IOException {
        Socket client = SocketKind.TCP.open();
        client.setOption(VsockSocketOptions.BUFFER_SIZE, 1000L);
        try (SocketPair pair = SocketPair.of(SocketKind.TCP, client)) {
            assertFails(UnsupportedOperationException.class, () -> client.getOption(VsockSocketOptions.BUFFER_SIZE));
        }
    }
}
