// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sockets of java.net: those of the factories, and the adaptors of channels. */
final class SocketSituations {
    private static final int TIMEOUT_MILLIS = 60_000;

    private interface Opening<T> {
        T open() throws IOException;
    }

    private final Opening<Socket> client;
    private final Opening<ServerSocket> server;

    private SocketSituations(Opening<Socket> client, Opening<ServerSocket> server) {
        this.client = client;
        this.server = server;
    }

    static Map<String, Situation> all() {
        Map<String, Situation> all = new LinkedHashMap<>();
        add(all, "factories", new SocketSituations(() -> VsockSocketFactory.getDefault().createSocket(),
            () -> VsockServerSocketFactory.getDefault().createServerSocket()));
        add(all, "adaptors", new SocketSituations(() -> SocketChannel.open().socket(),
            () -> ServerSocketChannel.open().socket()));
        return all;
    }

    private static void add(Map<String, Situation> all, String kind, SocketSituations of) {
        all.put("open, " + kind, of::open);
        all.put("bind, " + kind, of::bind);
        all.put("connect, " + kind, attempt -> of.connect(attempt, 0));
        all.put("connect with a limit, " + kind, attempt -> of.connect(attempt, TIMEOUT_MILLIS));
        all.put("accept, " + kind, attempt -> of.accept(attempt, 0));
        all.put("accept with a limit, " + kind, attempt -> of.accept(attempt, TIMEOUT_MILLIS));
        all.put("read, " + kind, attempt -> of.read(attempt, 0));
        all.put("read with a limit, " + kind, attempt -> of.read(attempt, TIMEOUT_MILLIS));
        all.put("write, " + kind, of::write);
        all.put("ask what is there, " + kind, of::available);
        all.put("options, " + kind, of::options);
        all.put("shut down, " + kind, of::shutDown);
        all.put("close, " + kind, of::close);
    }

    private record Ends(Socket client, Socket peer) { }

    private ServerSocket listen(Attempt attempt) throws IOException {
        ServerSocket listener = attempt.keep(server.open());
        listener.bind(ChannelKind.VSOCK.freeEndpoint());
        return listener;
    }

    private Ends ends(Attempt attempt) throws IOException {
        ServerSocket listener = listen(attempt);
        Socket socket = attempt.keep(client.open());
        socket.connect(listener.getLocalSocketAddress());
        return new Ends(socket, attempt.keep(listener.accept()));
    }

    private static void assertWorks(Socket client, Socket peer) throws IOException {
        client.getOutputStream().write(new byte[] { 1, 2 });
        assertEquals(1, peer.getInputStream().read());
        assertEquals(2, peer.getInputStream().read());
        peer.getOutputStream().write(3);
        assertEquals(3, client.getInputStream().read());
    }

    private void open(Attempt attempt) throws Exception {
        attempt.of(() -> attempt.keep(client.open()));
        ServerSocket listener = attempt.keep(server.open());
        listener.bind(ChannelKind.VSOCK.freeEndpoint());
    }

    private void bind(Attempt attempt) throws Exception {
        ServerSocket listener = attempt.keep(server.open());
        Callable<Void> bind = () -> {
            listener.bind(ChannelKind.VSOCK.freeEndpoint());
            return null;
        };
        attempt.survives(LibraryCall.GETSOCKNAME); // the port is known
        attempt.of(bind);
        Socket socket = attempt.keep(client.open());
        socket.connect(listener.getLocalSocketAddress());
        assertWorks(socket, attempt.keep(listener.accept()));
    }

    private void connect(Attempt attempt, int timeout) throws Exception {
        ServerSocket listener = listen(attempt);
        Socket socket = attempt.keep(client.open());
        attempt.survives(LibraryCall.IOCTL); // the descriptor stays non-blocking
        attempt.of(() -> {
            socket.connect(listener.getLocalSocketAddress(), timeout);
            return null;
        });
        assertWorks(socket, attempt.keep(listener.accept()));
    }

    private void accept(Attempt attempt, int timeout) throws Exception {
        ServerSocket listener = listen(attempt);
        listener.setSoTimeout(timeout);
        Socket socket = attempt.keep(client.open());
        socket.connect(listener.getLocalSocketAddress());
        attempt.survives(LibraryCall.IOCTL); // as above
        Socket peer = attempt.of(() -> attempt.keep(listener.accept()));
        assertWorks(socket, peer);
    }

    private void read(Attempt attempt, int timeout) throws Exception {
        Ends ends = ends(attempt);
        ends.client().setSoTimeout(timeout);
        ends.peer().getOutputStream().write(42);
        assertEquals(42, attempt.of(() -> ends.client().getInputStream().read()));
        assertWorks(ends.client(), ends.peer());
    }

    private void write(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        attempt.of(() -> {
            ends.client().getOutputStream().write(42);
            return null;
        });
        assertEquals(42, ends.peer().getInputStream().read());
        assertWorks(ends.client(), ends.peer());
    }

    private void available(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        ends.peer().getOutputStream().write(new byte[3]);
        attempt.survives(LibraryCall.IOCTL); // for kernels that do not know, there is a peek
        assertEquals(3, attempt.of(() -> ends.client().getInputStream().available()));
        assertEquals(3, ends.client().getInputStream().read(new byte[3]));
        assertWorks(ends.client(), ends.peer());
    }

    private void options(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        assertTrue(attempt.of(() -> {
            ends.client().setReceiveBufferSize(ends.client().getReceiveBufferSize());
            ends.client().setTcpNoDelay(true);
            return ends.client().getTcpNoDelay();
        }));
        assertWorks(ends.client(), ends.peer());
    }

    private void shutDown(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        attempt.of(() -> {
            ends.client().shutdownOutput();
            return null;
        });
        assertEquals(-1, ends.peer().getInputStream().read());
    }

    private void close(Attempt attempt) throws Exception {
        Ends ends = ends(attempt);
        attempt.close(ends.client());
        assertTrue(ends.client().isClosed());
        assertEquals(-1, ends.peer().getInputStream().read());
    }
}
