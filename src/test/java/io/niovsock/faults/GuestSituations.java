// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;
import io.niovsock.hybrid.PlayedDevice;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Attached guests: hybrid vsock. The threads of the played device make no call that counts. */
final class GuestSituations {
    private static final long CID = 4711;
    private static final long PORT = 5000;
    private static final VsockSocketAddress GUEST = VsockSocketAddress.of(CID, PORT);
    private static final VsockSocketAddress HOST = VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 0);

    private GuestSituations() { }

    static Map<String, Situation> all() {
        Map<String, Situation> all = new LinkedHashMap<>();
        all.put("attach", GuestSituations::attach);
        all.put("connect", GuestSituations::connect);
        all.put("connect without waiting", GuestSituations::connectWithoutWaiting);
        all.put("listen", GuestSituations::listen);
        all.put("attach to a listener", GuestSituations::attachToListener);
        all.put("accept", GuestSituations::accept);
        all.put("detach", GuestSituations::detach);
        all.put("close a connection", GuestSituations::closeConnection);
        all.put("close a listener", GuestSituations::closeListener);
        return all;
    }

    private static PlayedDevice device(Attempt attempt) throws IOException {
        Path folder = Files.createTempDirectory("niovsock-faults");
        attempt.keep(() -> Files.delete(folder));
        return attempt.keep(PlayedDevice.start(folder.resolve("v"), PlayedDevice.Monitor.FIRECRACKER).listen(PORT));
    }

    private static PlayedDevice attached(Attempt attempt) throws IOException {
        PlayedDevice device = device(attempt);
        attempt.keep(Vsock.attach(CID, device.socket()));
        return device;
    }

    private static void assertReachesGuest(Attempt attempt, PlayedDevice device) throws Exception {
        SocketChannel client = attempt.keep(SocketChannel.open(GUEST));
        Streams.assertConnected(new Pair(client, device.accept(PORT)));
    }

    private static void assertHearsGuest(Attempt attempt, PlayedDevice device, ServerSocketChannel server)
        throws IOException {

        SocketChannel end = device.connectToHost(portOf(server));
        SocketChannel peer = attempt.keep(server.accept());
        assertEquals(CID, ((VsockSocketAddress) peer.getRemoteAddress()).getCid());
        Streams.assertConnected(new Pair(peer, end));
    }

    private static void assertHearsItsOwn(Attempt attempt, ServerSocketChannel server) throws IOException {
        SocketChannel client = attempt.keep(SocketChannel.open(
            VsockSocketAddress.of(VsockSocketAddress.CID_HOST, portOf(server))));
        Streams.assertConnected(new Pair(client, attempt.keep(server.accept())));
    }

    private static long portOf(ServerSocketChannel server) throws IOException {
        return ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
    }

    private static void attach(Attempt attempt) throws Exception {
        PlayedDevice device = device(attempt);
        attempt.of(() -> attempt.keep(Vsock.attach(CID, device.socket())));
        assertReachesGuest(attempt, device);
    }

    private static void connect(Attempt attempt) throws Exception {
        PlayedDevice device = attached(attempt);
        SocketChannel client = attempt.keep(SocketChannel.open());
        attempt.survives(LibraryCall.IOCTL); // the descriptor stays non-blocking
        assertTrue(attempt.of(() -> client.connect(GUEST)));
        Streams.assertConnected(new Pair(client, device.accept(PORT)));
    }

    private static void connectWithoutWaiting(Attempt attempt) throws Exception {
        PlayedDevice device = attached(attempt);
        SocketChannel client = attempt.keep(SocketChannel.open());
        client.configureBlocking(false);
        attempt.of(() -> {
            if (!client.isConnectionPending())
                client.connect(GUEST);
            while (!client.finishConnect())
                Thread.onSpinWait();
            return null;
        });
        client.configureBlocking(true);
        Streams.assertConnected(new Pair(client, device.accept(PORT)));
    }

    private static void listen(Attempt attempt) throws Exception {
        PlayedDevice device = attached(attempt);
        ServerSocketChannel server = attempt.keep(ServerSocketChannel.open());
        // Another port is tried if a file or a port cannot be had. The first bind and socket only ask for the CID.
        attempt.survives(LibraryCall.BIND, LibraryCall.SOCKET, LibraryCall.GETSOCKNAME);
        attempt.of(() -> server.bind(HOST));
        if (attempt.isToFail(LibraryCall.BIND))
            return; // without the CID, only guests are heard
        assertHearsGuest(attempt, device, server);
        assertHearsItsOwn(attempt, server);
    }

    private static void attachToListener(Attempt attempt) throws Exception {
        PlayedDevice device = device(attempt);
        ServerSocketChannel server = attempt.keep(ServerSocketChannel.open()).bind(HOST);
        try {
            attempt.of(() -> attempt.keep(Vsock.attach(CID, device.socket())));
            assertHearsGuest(attempt, device, server);
        } finally {
            assertHearsItsOwn(attempt, server);
        }
    }

    private static void accept(Attempt attempt) throws Exception {
        PlayedDevice device = attached(attempt);
        ServerSocketChannel server = attempt.keep(ServerSocketChannel.open()).bind(HOST);
        SocketChannel end = device.connectToHost(portOf(server));
        SocketChannel peer = attempt.of(() -> attempt.keep(server.accept()));
        Streams.assertConnected(new Pair(peer, end));
    }

    private static void detach(Attempt attempt) throws Exception {
        PlayedDevice device = device(attempt);
        VsockGuest guest = attempt.keep(Vsock.attach(CID, device.socket()));
        ServerSocketChannel server = attempt.keep(ServerSocketChannel.open()).bind(HOST);
        attempt.close(guest);
        assertHearsItsOwn(attempt, server);
    }

    private static void closeConnection(Attempt attempt) throws Exception {
        PlayedDevice device = attached(attempt);
        SocketChannel client = attempt.keep(SocketChannel.open(GUEST));
        SocketChannel end = device.accept(PORT);
        attempt.close(client);
        Streams.assertEnd(end);
    }

    private static void closeListener(Attempt attempt) throws Exception {
        PlayedDevice device = attached(attempt);
        ServerSocketChannel server = attempt.keep(ServerSocketChannel.open()).bind(HOST);
        Path file = device.fileOf(portOf(server));
        attempt.close(server);
        assertTrue(Files.notExists(file), () -> file + " is left");
    }
}
