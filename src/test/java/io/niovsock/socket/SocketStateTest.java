// SPDX-License-Identifier: Apache-2.0
package io.niovsock.socket;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Pair;
import org.junit.jupiter.api.function.Executable;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The state that a socket reports, and its exceptions, in each state, compared with the platform's. */
class SocketStateTest {
    @ForEachChannel
    void aNewSocket(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient(); ServerSocketChannel serverChannel = channel.openServer()) {
            Socket socket = client.socket();
            assertSame(client, socket.getChannel());
            assertSame(socket, client.socket());
            assertFalse(socket.isBound());
            assertFalse(socket.isConnected());
            assertFalse(socket.isClosed());
            assertNull(socket.getInetAddress());
            assertEquals(0, socket.getPort());
            assertEquals(-1, socket.getLocalPort());
            assertTrue(socket.getLocalAddress().isAnyLocalAddress());
            assertNull(socket.getLocalSocketAddress());
            assertNull(socket.getRemoteSocketAddress());
            assertEquals("Socket[unconnected]", socket.toString());

            ServerSocket server = serverChannel.socket();
            assertSame(serverChannel, server.getChannel());
            assertSame(server, serverChannel.socket());
            assertFalse(server.isBound());
            assertEquals(-1, server.getLocalPort());
            assertNull(server.getInetAddress());
            assertNull(server.getLocalSocketAddress());
            assertEquals("ServerSocket[unbound]", server.toString());
        }
    }

    @ForEachChannel
    void aClosedSocketStillTellsWhereItWas(ChannelKind channel) throws Exception {
        Socket socket;
        int port;
        try (Pair pair = Pair.of(channel)) {
            socket = pair.client().socket();
            port = socket.getPort();
        }
        assertTrue(socket.isClosed());
        assertFalse(socket.getChannel().isOpen());
        assertTrue(socket.isBound());
        assertFalse(socket.isConnected());
        assertEquals(port, socket.getPort());
        assertEquals(port, ((InetSocketAddress) socket.getRemoteSocketAddress()).getPort());
        assertTrue(socket.getLocalAddress().isAnyLocalAddress());
        socket.close();
    }

    @ForEachChannel
    void aClosedServerSocketStillTellsWhereItWas(ChannelKind channel) throws Exception {
        ServerSocketChannel listening = channel.listen();
        ServerSocket server = listening.socket();
        int port = server.getLocalPort();
        server.close();
        assertTrue(server.isClosed());
        assertFalse(listening.isOpen());
        assertTrue(server.isBound());
        assertEquals(port, server.getLocalPort());
        server.close();
    }

    /** Each call on a socket that was closed, or half-closed in either direction, compared with the platform's. */
    @ForEachChannel
    void whatFailsFailsAsThePlatforms(ChannelKind channel) throws Exception {
        assertEquals(failures(ChannelKind.JDK_TCP), failures(channel));
    }

    private static Map<String, String> failures(ChannelKind channel) throws Exception {
        Map<String, String> failures = new LinkedHashMap<>();
        try (Pair pair = Pair.of(channel); ServerSocketChannel listening = channel.listen()) {
            Socket socket = pair.client().socket();
            ServerSocket server = listening.socket();
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            Map<String, Executable> calls = new LinkedHashMap<>();
            calls.put("read", in::read);
            calls.put("available", in::available);
            calls.put("write", () -> out.write(1));
            calls.put("getInputStream", socket::getInputStream);
            calls.put("getOutputStream", socket::getOutputStream);
            calls.put("shutdownInput", socket::shutdownInput);
            calls.put("shutdownOutput", socket::shutdownOutput);
            calls.put("setSoTimeout", () -> socket.setSoTimeout(1));
            calls.put("getSoTimeout", socket::getSoTimeout);
            calls.put("setTcpNoDelay", () -> socket.setTcpNoDelay(true));
            calls.put("getKeepAlive", socket::getKeepAlive);
            calls.put("setSoLinger", () -> socket.setSoLinger(true, 1));
            calls.put("setReceiveBufferSize", () -> socket.setReceiveBufferSize(4096));
            calls.put("setReceiveBufferSize(0)", () -> socket.setReceiveBufferSize(0));
            calls.put("setSendBufferSize(0)", () -> socket.setSendBufferSize(0));
            calls.put("setTrafficClass(300)", () -> socket.setTrafficClass(300));
            calls.put("getOption", () -> socket.getOption(StandardSocketOptions.SO_RCVBUF));
            calls.put("bind", () -> socket.bind(null));
            calls.put("server.setSoTimeout", () -> server.setSoTimeout(1));
            calls.put("server.setReceiveBufferSize(0)", () -> server.setReceiveBufferSize(0));
            calls.put("server.getReuseAddress", server::getReuseAddress);
            calls.put("server.bind", () -> server.bind(null));

            pair.client().shutdownOutput();
            record(failures, "output shut down: write", calls.get("write"));
            record(failures, "output shut down: getOutputStream", calls.get("getOutputStream"));
            pair.client().shutdownInput();
            record(failures, "input shut down: read", calls.get("read"));
            record(failures, "input shut down: getInputStream", calls.get("getInputStream"));
            socket.close();
            server.close();
            calls.forEach((name, call) -> record(failures, "closed: " + name, call));
        }
        return failures;
    }

    private static void record(Map<String, String> failures, String name, Executable call) {
        try {
            call.execute();
            failures.put(name, "returns");
        } catch (Throwable e) {
            failures.put(name, e.getClass().getName());
        }
    }

    @ForEachChannel
    void optionsAreThoseOfTheChannel(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Socket socket = pair.client().socket();
            socket.setTcpNoDelay(true);
            assertTrue(pair.client().getOption(StandardSocketOptions.TCP_NODELAY));
            socket.setKeepAlive(true);
            assertTrue(socket.getKeepAlive());
            socket.setSoLinger(true, 70_000);
            assertEquals(65535, socket.getSoLinger());
            socket.setSoLinger(false, 5);
            assertEquals(-1, socket.getSoLinger());
            socket.setTrafficClass(16);
            assertEquals(16, socket.getTrafficClass());
            socket.setReuseAddress(true);
            assertTrue(socket.getReuseAddress());
            socket.setPerformancePreferences(1, 2, 3);
            socket.setOOBInline(false);
            assertFalse(socket.getOOBInline());
            assertTrue(socket.getReceiveBufferSize() > 0);
            assertTrue(socket.getSendBufferSize() > 0);
            assertEquals(pair.client().supportedOptions(), socket.supportedOptions());
            assertSame(socket, socket.setOption(StandardSocketOptions.TCP_NODELAY, false));
            assertFalse(socket.getOption(StandardSocketOptions.TCP_NODELAY));
        }
    }
}
