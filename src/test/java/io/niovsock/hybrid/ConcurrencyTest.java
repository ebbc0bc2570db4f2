// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** Several threads use guests and one listener at once. */
class ConcurrencyTest {
    private static final int THREADS = 6;
    private static final int GUESTS = 3;
    private static final int EACH = 30; // connections of a guest

    @TempDir
    private Path folder;

    static Stream<ThreadKind> threads() {
        return ThreadKind.available().stream();
    }

    private static long portOf(ServerSocketChannel server) throws IOException {
        return ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
    }

    /** Each connection is accepted once, and has the CID of its guest: the guest writes it. */
    @ParameterizedTest
    @MethodSource("threads")
    void severalThreadsAcceptFromSeveralGuests(ThreadKind thread) throws Exception {
        List<Guest> guests = new ArrayList<>();
        List<Background<List<Long>>> acceptors = new ArrayList<>();
        List<SocketChannel> ends = new ArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.parse("vsock:any:0"))) {
            for (int i = 0; i < GUESTS; i++)
                guests.add(Guest.start(folder));
            for (int i = 0; i < THREADS; i++)
                acceptors.add(Background.start(thread, () -> accept(server, GUESTS * EACH / THREADS)));
            for (int i = 0; i < EACH; i++)
                for (Guest guest : guests) {
                    SocketChannel end = guest.device().connectToHost(portOf(server));
                    ends.add(end);
                    Streams.write(end, Long.toString(guest.cid()));
                    end.shutdownOutput();
                }
            Map<Long, Integer> counts = new TreeMap<>();
            for (Background<List<Long>> acceptor : acceptors)
                acceptor.result().forEach(cid -> counts.merge(cid, 1, Integer::sum));
            Map<Long, Integer> expected = new TreeMap<>();
            guests.forEach(guest -> expected.put(guest.cid(), EACH));
            assertEquals(expected, counts);
        } finally {
            for (Background<List<Long>> acceptor : acceptors)
                acceptor.close();
            for (SocketChannel end : ends)
                end.close();
            for (Guest guest : guests)
                guest.close();
        }
    }

    /** The CIDs of the guests, as they are written on the connections and as these report them. */
    private static List<Long> accept(ServerSocketChannel server, int count) throws IOException {
        List<Long> cids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            try (SocketChannel peer = server.accept()) {
                long written = Long.parseLong(new String(Streams.readToEnd(peer)));
                assertEquals(written, ((VsockSocketAddress) peer.getRemoteAddress()).getCid());
                cids.add(written);
            }
        }
        return cids;
    }

    /** Meanwhile, each connect to the guest works, or fails as one to a guest that is not attached. */
    @ParameterizedTest
    @MethodSource("threads")
    void attachingRacesConnects(ThreadKind thread) throws Exception {
        int rounds = Machine.rounds(600);
        long cid = Guest.newCid();
        AtomicBoolean stop = new AtomicBoolean();
        try (PlayedDevice device = PlayedDevice.start(folder.resolve("v"), PlayedDevice.Monitor.FIRECRACKER)) {
            device.script(Guest.PORT, (host, port, reply) -> {
                Streams.write(host, reply + "guest");
                host.close();
            });
            List<Background<Integer>> connectors = new ArrayList<>();
            try {
                for (int i = 0; i < 3; i++)
                    connectors.add(Background.start(thread, () -> connectUntil(stop, cid)));
                for (int i = 0; i < rounds; i++)
                    Vsock.attach(cid, device.socket()).close();
                try (VsockGuest guest = Vsock.attach(cid, device.socket())) {
                    assertEquals("guest", readAll(cid));
                }
                stop.set(true);
                for (Background<Integer> connector : connectors)
                    connector.result();
                assertNull(device.problem());
            } finally {
                stop.set(true);
                for (Background<Integer> connector : connectors)
                    connector.close();
            }
        }
    }

    private static String readAll(long cid) throws IOException {
        try (SocketChannel client = SocketChannel.open(VsockSocketAddress.of(cid, Guest.PORT))) {
            return new String(Streams.readToEnd(client));
        }
    }

    private static int connectUntil(AtomicBoolean stop, long cid) {
        int reached = 0;
        while (!stop.get()) {
            try {
                assertEquals("guest", readAll(cid));
                reached++;
            } catch (IOException notAttached) {
                Thread.yield();
            }
        }
        return reached;
    }

    /** Guests come and go while threads accept. At the end a guest is heard, and no file is left. */
    @ParameterizedTest
    @MethodSource("threads")
    void attachingRacesAccepts(ThreadKind thread) throws Exception {
        int rounds = Machine.rounds(150);
        for (boolean withFirst : new boolean[] { false, true }) {
            Path own = Files.createDirectory(folder.resolve("" + withFirst));
            List<Background<Void>> acceptors = new ArrayList<>();
            Guest first = withFirst ? Guest.start(own) : null;
            ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.parse("vsock:any:0"));
            try {
                for (int i = 0; i < 3; i++)
                    acceptors.add(Background.start(thread, () -> echoUntilClosed(server)));
                for (int i = 0; i < rounds; i++)
                    try (Guest guest = Guest.start(own);
                         SocketChannel end = guest.device().connectToHost(portOf(server))) {
                        Streams.write(end, "x");
                        assertEquals("x", Streams.readText(end, 1));
                    }
            } finally {
                server.close();
                if (first != null)
                    first.close();
                for (Background<Void> acceptor : acceptors)
                    acceptor.close();
            }
            try (Stream<Path> left = Files.list(own)) {
                assertEquals(List.of(), left.toList());
            }
        }
    }

    private static Void echoUntilClosed(ServerSocketChannel server) throws IOException {
        while (server.isOpen()) {
            try (SocketChannel peer = server.accept()) {
                Streams.write(peer, Streams.readExactly(peer, 1));
            } catch (IOException closed) {
                if (server.isOpen())
                    throw closed;
            }
        }
        return null;
    }

    /** A listener is closed while a guest is being attached: neither leaves a file. */
    @ParameterizedTest
    @MethodSource("threads")
    void closingRacesAttaching(ThreadKind thread) throws Exception {
        long cid = Guest.newCid();
        Path socket = Files.createDirectory(folder.resolve("own")).resolve("v");
        for (int i = 0; i < Machine.rounds(300); i++) {
            ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.parse("vsock:any:0"));
            try (Background<Void> closer = Background.start(thread, () -> {
                server.close();
                return null;
            }); VsockGuest guest = Vsock.attach(cid, socket)) {
                closer.result();
                try (Stream<Path> left = Files.list(socket.getParent())) {
                    assertEquals(List.of(), left.toList());
                }
            }
        }
    }
}
