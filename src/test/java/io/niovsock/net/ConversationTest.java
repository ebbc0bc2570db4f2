// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A conversation of two sockets, and the addresses and states that they report. */
class ConversationTest {
    private static final int SIZE = 8 << 20;

    @ForEachSocketAndThread
    void every_byte_is_echoed(SocketKind kind, ThreadKind thread) throws IOException {
        byte[] payload = Payload.random(1, SIZE);
        try (SocketPair pair = SocketPair.of(kind);
             Background<Long> echo = Background.start(thread, () -> {
                 long echoed = pair.peer().getInputStream().transferTo(pair.peer().getOutputStream());
                 pair.peer().shutdownOutput();
                 return echoed;
             });
             Background<Void> writer = Background.start(thread, () -> {
                 pair.client().getOutputStream().write(payload);
                 pair.client().shutdownOutput();
                 return null;
             })) {
            byte[] received = pair.client().getInputStream().readAllBytes();
            assertEquals(Payload.digest(payload), Payload.digest(received));
            assertEquals(SIZE, echo.result());
            writer.result();
        }
    }

    @ForEachSocket
    void single_bytes_are_unsigned(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            pair.client().getOutputStream().write(0xFF);
            pair.client().getOutputStream().write(0);
            assertEquals(0xFF, pair.peer().getInputStream().read());
            assertEquals(0, pair.peer().getInputStream().read());
        }
    }

    @ForEachSocket
    void what_can_be_read_at_once_is_available(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            assertEquals(0, pair.peer().getInputStream().available());
            pair.client().getOutputStream().write(new byte[3]);
            assertEquals(0, pair.peer().getInputStream().read());
            assertEquals(2, pair.peer().getInputStream().available());
            pair.peer().shutdownInput();
            assertFails(SocketException.class, pair.peer()::getInputStream);
        }
    }

    @ForEachSocket
    void reading_and_writing_nothing_does_nothing(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            assertEquals(0, pair.peer().getInputStream().read(new byte[0]));
            pair.client().getOutputStream().write(new byte[0]);
            assertFails(IndexOutOfBoundsException.class, () -> pair.peer().getInputStream().read(new byte[1], 0, 2));
            assertFails(IndexOutOfBoundsException.class, () -> pair.peer().getOutputStream().write(new byte[1], 1, 1));
        }
    }

    @ForEachSocket
    void half_a_close_leaves_the_other_half(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            pair.client().shutdownOutput();
            assertEquals(-1, pair.peer().getInputStream().read());
            pair.peer().getOutputStream().write(7);
            assertEquals(7, pair.client().getInputStream().read());
            assertFails(SocketException.class, pair.client()::getOutputStream);
        }
    }

    @ForEachSocket
    void the_end_once_read_stays_the_end_even_when_closed(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            InputStream in = pair.client().getInputStream();
            pair.peer().close();
            assertEquals(-1, in.read());
            pair.client().close();
            assertEquals(-1, in.read());
        }
    }

    @ForEachSocket
    void closing_a_stream_closes_the_socket(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            pair.client().getOutputStream().close();
            assertEquals(true, pair.client().isClosed());
            assertEquals(-1, pair.peer().getInputStream().read());
            assertEquals("Socket is closed", assertFails(SocketException.class, pair.client()::getInputStream)
                .getMessage());
        }
    }

    @ForEachSocket
    void both_ends_tell_the_same_addresses(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            Socket client = pair.client();
            Socket peer = pair.peer();
            assertEquals(client.getRemoteSocketAddress(), peer.getLocalSocketAddress());
            assertEquals(client.getLocalSocketAddress(), peer.getRemoteSocketAddress());
            assertEquals(client.getLocalPort(), peer.getPort());
            assertEquals(client.getInetAddress(), peer.getLocalAddress());
            assertEquals("Socket[addr=" + client.getInetAddress() + ",port=" + client.getPort() + ",localport="
                + client.getLocalPort() + "]", client.toString());
        }
    }

    @ForEachSocket
    void an_unused_socket_tells_nothing(SocketKind kind) throws IOException {
        try (Socket socket = kind.open(); ServerSocket server = kind.openServer()) {
            assertEquals("Socket[unconnected]", socket.toString());
            assertEquals("ServerSocket[unbound]", server.toString());
            assertEquals(-1, socket.getLocalPort());
            assertEquals(0, socket.getPort());
            assertEquals(-1, server.getLocalPort());
            assertNull(socket.getRemoteSocketAddress());
            assertNull(socket.getLocalSocketAddress());
            assertNull(server.getLocalSocketAddress());
            assertNull(socket.getChannel());
            assertFails(SocketException.class, socket::getInputStream);
            assertFails(SocketException.class, server::accept);
        }
    }

    @ForEachSocket
    void a_closed_socket_still_tells_who_it_was_connected_to(SocketKind kind) throws IOException {
        SocketPair pair = SocketPair.of(kind);
        var remote = pair.client().getRemoteSocketAddress();
        int localPort = pair.client().getLocalPort();
        pair.close();
        assertEquals(remote, pair.client().getRemoteSocketAddress());
        assertEquals(localPort, pair.client().getLocalPort());
        assertEquals("0.0.0.0", pair.client().getLocalAddress().getHostAddress());
    }

    @ForEachSocket
    void one_socket_hands_out_one_stream(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            assertSame(pair.client().getInputStream(), pair.client().getInputStream());
            assertSame(pair.client().getOutputStream(), pair.client().getOutputStream());
        }
    }

    @ForEachSocket
    void nobody_listening_is_a_refused_connection(SocketKind kind) throws IOException {
        InetSocketAddress nobody = kind.nobody();
        try (Socket socket = kind.open()) {
            assertFails(java.net.ConnectException.class, () -> socket.connect(nobody));
            assertThrowsClosed(() -> socket.connect(nobody));
        }
    }

    /** JDK 17 throws in the implementation, later JDKs in the socket. */
    private static void assertThrowsClosed(org.junit.jupiter.api.function.Executable call) {
        String message = assertFails(SocketException.class, call).getMessage();
        assertEquals("Socket closed", message.replace("Socket is closed", "Socket closed"));
    }

    @ForEachSocket
    void an_endpoint_in_use_cannot_be_bound(SocketKind kind) throws IOException {
        try (ServerSocket first = kind.listen(); ServerSocket second = kind.openServer()) {
            assertFails(java.net.BindException.class, () -> second.bind(first.getLocalSocketAddress()));
            second.bind(kind.freeEndpoint());
            assertEquals(true, second.isBound());
        }
    }

    @Test
    void what_is_vsock_is_reported_as_vsock() throws IOException {
        try (ServerSocket server = SocketKind.VSOCK.listen(); Socket client = SocketKind.VSOCK.open()) {
            var listening = assertInstanceOf(VsockSocketAddress.class, server.getLocalSocketAddress());
            client.bind(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, VsockSocketAddress.PORT_ANY));
            var bound = assertInstanceOf(VsockSocketAddress.class, client.getLocalSocketAddress());
            client.connect(listening);
            try (Socket peer = server.accept()) {
                assertEquals(listening, assertInstanceOf(VsockSocketAddress.class, client.getRemoteSocketAddress()));
                assertEquals(bound, assertInstanceOf(VsockSocketAddress.class, peer.getRemoteSocketAddress()));
                assertEquals("vsock:local:" + bound.getVsockPort(), peer.getRemoteSocketAddress().toString());
            }
        }
    }

    @Test
    void vsock_has_no_urgent_data() throws IOException {
        try (SocketPair pair = SocketPair.of(SocketKind.VSOCK)) {
            pair.client().setOOBInline(true);
            assertEquals(false, pair.client().getOOBInline());
            assertFails(SocketException.class, () -> pair.client().sendUrgentData(1));
        }
    }

    @ForEachSocket
    void a_write_after_a_shutdown_of_the_output_says_so(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            OutputStream out = pair.client().getOutputStream();
            pair.client().shutdownOutput();
            SocketException failure = assertThrows(SocketException.class, () -> out.write(1));
            assertTrue(failure.getMessage().startsWith("Broken pipe"), failure::getMessage); // JDK 17 adds to it
            assertFalse(pair.client().isClosed());
        }
    }

    /** Writes nothing, as an empty {@code ByteArrayOutputStream} does. */
    @ForEachSocket
    void nothing_can_be_written_at_any_time(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            OutputStream out = pair.client().getOutputStream();
            pair.client().shutdownOutput();
            assertDoesNotThrow(() -> out.write(new byte[0]));
        }
    }
}
