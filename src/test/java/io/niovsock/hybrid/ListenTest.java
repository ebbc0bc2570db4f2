// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A listener at the host hears attached guests, each by a file for the port. */
class ListenTest {
    private static final VsockSocketAddress HOST = VsockSocketAddress.parse("vsock:host:0");
    private static final VsockSocketAddress ANY = VsockSocketAddress.parse("vsock:any:0");

    /** The machine of testvm/ is no host. There, a listener that no guest is attached for has another CID. */
    private static final VsockSocketAddress OWN = Machine.isEmulated() ? HOST : ANY;
    private static final long OWN_CID = Machine.isEmulated() ? VsockSocketAddress.CID_HOST
        : VsockSocketAddress.CID_LOCAL;

    @TempDir
    private Path folder;

    static Stream<ThreadKind> threads() {
        return ThreadKind.available().stream();
    }

    private static long portOf(ServerSocketChannel server) throws IOException {
        return ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
    }

    private static ServerSocketChannel listen(VsockSocketAddress local) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            return server.bind(local);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** The guest connects, and the accepted channel works. */
    private static void assertHears(ServerSocketChannel server, Guest guest) throws Exception {
        try (SocketChannel end = guest.device().connectToHost(portOf(server)); SocketChannel peer = server.accept();
             Pair pair = new Pair(peer, end)) {
            assertIsOf(guest, server, peer);
            Streams.assertConnected(pair);
        }
    }

    private static void assertIsOf(Guest guest, ServerSocketChannel server, SocketChannel peer) throws IOException {
        assertEquals(VsockSocketAddress.of(guest.cid(), VsockSocketAddress.PORT_ANY), peer.getRemoteAddress());
        assertEquals(VsockSocketAddress.of(VsockSocketAddress.CID_HOST, portOf(server)), peer.getLocalAddress());
    }

    private static void assertHearsItsOwn(ServerSocketChannel server) throws Exception {
        try (SocketChannel client = SocketChannel.open(VsockSocketAddress.of(OWN_CID, portOf(server)));
             SocketChannel peer = server.accept(); Pair pair = new Pair(client, peer)) {
            assertEquals(((VsockSocketAddress) client.getLocalAddress()).getVsockPort(),
                ((VsockSocketAddress) peer.getRemoteAddress()).getVsockPort());
            Streams.assertConnected(pair);
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void everyGuestIsHeard(ChannelKind kind) throws Exception {
        for (VsockSocketAddress local : Set.of(HOST, ANY)) {
            try (Guest first = Guest.start(folder); Guest second = Guest.start(folder);
                 ServerSocketChannel server = kind.openServer().bind(local)) {
                for (int i = 0; i < 3; i++) {
                    assertHears(server, first);
                    assertHears(server, second);
                    if (local.equals(OWN) || local.equals(ANY))
                        assertHearsItsOwn(server);
                }
            }
        }
    }

    @Test
    void aListenerElsewhereHearsNone() throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = ChannelKind.VSOCK.listen()) {
            assertFalse(Files.exists(guest.device().fileOf(portOf(server))));
        }
    }

    @Test
    void aClosedListenerLeavesNoFile() throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = listen(HOST)) {
            Path file = guest.device().fileOf(portOf(server));
            assertTrue(Files.exists(file));
            try (SocketChannel waiting = guest.device().connectToHost(portOf(server))) {
                server.close();
                Streams.assertEnd(waiting);
            }
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void aFileOfAnotherProgramIsLeftAlone() throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = listen(HOST)) {
            Path file = guest.device().fileOf(portOf(server));
            Files.delete(file);
            Files.writeString(file, "another program's");
            long port = portOf(server);
            server.close();
            assertEquals("another program's", Files.readString(file));

            String message = assertFails(BindException.class,
                () -> listen(VsockSocketAddress.of(VsockSocketAddress.CID_HOST, port))).getMessage();
            assertTrue(message.contains(file.toString()), message);
            assertEquals("another program's", Files.readString(file));
        }
    }

    /** The file of one guest is in the way: none is left of the other, and the channel can be bound elsewhere. */
    @Test
    void aFailedBindLeavesNothingBehind() throws Exception {
        try (Guest first = Guest.start(folder); Guest second = Guest.start(folder);
             ServerSocketChannel server = ServerSocketChannel.open()) {
            Files.createFile(second.device().fileOf(6001));
            assertFails(BindException.class, () -> server.bind(VsockSocketAddress.parse("vsock:host:6001")));
            assertFalse(Files.exists(first.device().fileOf(6001)));
            assertNull(server.getLocalAddress());
            server.bind(HOST);
            assertHears(server, first);
            assertHears(server, second);
        }
    }

    @Test
    void aGuestAttachedAfterTheBindIsHeard() throws Exception {
        try (ServerSocketChannel server = listen(ANY)) {
            assertHearsItsOwn(server);
            try (Guest first = Guest.start(folder)) {
                assertHears(server, first);
                assertHearsItsOwn(server);
                try (Guest second = Guest.start(folder)) {
                    assertHears(server, second);
                    assertHears(server, first);
                }
            }
            assertHearsItsOwn(server);
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aBlockedAcceptHearsAGuestAttachedMeanwhile(ThreadKind thread) throws Exception {
        try (ServerSocketChannel server = listen(OWN);
             Background<SocketChannel> acceptor = Background.start(thread, server::accept).awaitBlocked();
             Guest guest = Guest.start(folder);
             SocketChannel end = guest.device().connectToHost(portOf(server)); SocketChannel peer = acceptor.result()) {
            assertIsOf(guest, server, peer);
            Streams.assertConnected(new Pair(peer, end));
        }
    }

    @Test
    void aSelectorHearsAGuestAttachedMeanwhile() throws Exception {
        for (boolean withConnectionWaiting : new boolean[] { false, true }) {
            try (ServerSocketChannel server = listen(OWN); Selector selector = Selector.open()) {
                server.configureBlocking(false);
                SelectionKey key = server.register(selector, SelectionKey.OP_ACCEPT);
                assertEquals(0, selector.selectNow());
                SocketChannel own = !withConnectionWaiting ? null
                    : SocketChannel.open(VsockSocketAddress.of(OWN_CID, portOf(server)));
                try (Guest guest = Guest.start(folder)) {
                    if (own != null) {
                        select(selector);
                        server.accept().close();
                        own.close();
                    }
                    selector.selectNow(); // takes the wake-up
                    selector.selectedKeys().clear();
                    assertEquals(0, selector.selectNow());
                    try (SocketChannel end = guest.device().connectToHost(portOf(server))) {
                        select(selector);
                        key.interestOps(0);
                        assertEquals(0, selector.selectNow(), "interest is in nothing");
                        key.interestOps(SelectionKey.OP_ACCEPT);
                        select(selector);
                        try (SocketChannel peer = server.accept()) {
                            assertIsOf(guest, server, peer);
                            Streams.assertConnected(new Pair(peer, end));
                        }
                    }
                    assertNull(server.accept());
                    assertEquals(0, selector.selectNow());
                }
            }
        }
    }

    /** An entry of the socket alone must not stay behind in the selector. */
    @Test
    void aSelectorSeesOnlyTheGroup() throws Exception {
        try (ServerSocketChannel server = listen(OWN); Selector selector = Selector.open()) {
            server.configureBlocking(false);
            SelectionKey key = server.register(selector, SelectionKey.OP_ACCEPT);
            selector.selectNow();
            try (Guest guest = Guest.start(folder)) {
                selector.selectNow();
                key.interestOps(0);
                selector.selectNow();
                try (SocketChannel own = SocketChannel.open(VsockSocketAddress.of(OWN_CID, portOf(server)))) {
                    long begin = System.nanoTime();
                    assertEquals(0, selector.select(200));
                    assertTrue(System.nanoTime() - begin > 150_000_000, "the selector was woken");
                }
            }
        }
    }

    private static void select(Selector selector) throws IOException {
        while (selector.selectedKeys().isEmpty())
            if (selector.select(Machine.PATIENCE.toMillis()) == 0)
                selector.selectNow();
        selector.selectedKeys().clear();
    }

    @Test
    void aDetachedGuestIsNotHeard() throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = listen(OWN);
             SocketChannel end = guest.device().connectToHost(portOf(server)); SocketChannel peer = server.accept()) {
            guest.attached().close();
            assertFalse(Files.exists(guest.device().fileOf(portOf(server))));
            Streams.assertConnected(new Pair(peer, end));
            assertThrows(IOException.class, () -> guest.device().connectToHost(portOf(server)));
            assertHearsItsOwn(server);
        }
    }

    @Test
    void aGuestThatCannotBeHeardIsNotAttached() throws Exception {
        long cid = Guest.newCid();
        Path socket = folder.resolve("v");
        try (ServerSocketChannel first = listen(OWN); ServerSocketChannel second = listen(OWN)) {
            for (ServerSocketChannel inTheWay : Set.of(first, second)) {
                Path file = Files.createFile(folder.resolve("v_" + portOf(inTheWay)));
                assertFails(BindException.class, () -> Vsock.attach(cid, socket));
                assertEquals(Set.of(file), filesIn(folder));
                Files.delete(file);
            }
            try (VsockGuest guest = Vsock.attach(cid, socket)) {
                assertEquals(2, filesIn(folder).size());
            }
            assertEquals(Set.of(), filesIn(folder));
            assertThrows(IOException.class, () -> Vsock.attach(cid, folder.resolve("absent/v")));
        }
    }

    private static Set<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return new HashSet<>(files.toList());
        }
    }

    /** No guest has to wait until another falls silent. */
    @Test
    void guestsTakeTurns() throws Exception {
        try (Guest busy = Guest.start(folder); Guest quiet = Guest.start(folder);
             ServerSocketChannel server = listen(HOST)) {
            for (int i = 0; i < 20; i++)
                busy.device().connectToHost(portOf(server));
            quiet.device().connectToHost(portOf(server));
            int turn = 0;
            boolean heard = false;
            while (!heard) {
                turn++;
                try (SocketChannel peer = server.accept()) {
                    heard = ((VsockSocketAddress) peer.getRemoteAddress()).getCid() == quiet.cid();
                }
            }
            assertTrue(turn <= 2, "turn " + turn);
        }
    }

    @Test
    void manyGuestsAreHeard() throws Exception {
        Map<Long, Guest> guests = new HashMap<>();
        try (ServerSocketChannel server = listen(OWN)) {
            for (int i = 0; i < 50; i++) {
                Guest guest = Guest.start(folder);
                guests.put(guest.cid(), guest);
            }
            for (Guest guest : guests.values())
                guest.device().connectToHost(portOf(server));
            Set<Long> heard = new HashSet<>();
            while (heard.size() < guests.size()) {
                try (SocketChannel peer = server.accept()) {
                    heard.add(((VsockSocketAddress) peer.getRemoteAddress()).getCid());
                }
            }
            assertEquals(guests.keySet(), heard);
        } finally {
            for (Guest guest : guests.values())
                guest.close();
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aBlockedAcceptEndsWithAClose(ThreadKind thread) throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = listen(HOST);
             Background<SocketChannel> acceptor = Background.start(thread, server::accept).awaitBlocked()) {
            server.close();
            acceptor.failure(AsynchronousCloseException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aBlockedAcceptEndsWithAnInterrupt(ThreadKind thread) throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = listen(HOST);
             Background<SocketChannel> acceptor = Background.start(thread, server::accept).awaitBlocked()) {
            Path file = guest.device().fileOf(portOf(server));
            assertTrue(Files.exists(file));
            acceptor.interrupt();
            acceptor.failure(ClosedByInterruptException.class);
            assertFalse(server.isOpen());
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void aServerSocketHearsIt() throws Exception {
        try (Guest guest = Guest.start(folder);
             ServerSocket server = io.niovsock.VsockServerSocketFactory.getDefault().createServerSocket()) {
            server.bind(HOST);
            server.setSoTimeout(50);
            assertFails(SocketTimeoutException.class, server::accept);
            server.setSoTimeout(0);
            long port = ((VsockSocketAddress) server.getLocalSocketAddress()).getVsockPort();
            try (SocketChannel end = guest.device().connectToHost(port); Socket peer = server.accept()) {
                Streams.write(end, "ping");
                assertEquals("ping", new String(peer.getInputStream().readNBytes(4)));
                assertEquals(VsockSocketAddress.of(guest.cid(), VsockSocketAddress.PORT_ANY),
                    peer.getRemoteSocketAddress());
            }
        }
    }

    @Test
    void acceptedConnectionsInheritTheOptions() throws Exception {
        try (Guest guest = Guest.start(folder); ServerSocketChannel server = ServerSocketChannel.open()) {
            server.setOption(VsockSocketOptions.BUFFER_SIZE, 70_000L);
            server.bind(HOST);
            assertEquals(70_000L, server.getOption(VsockSocketOptions.BUFFER_SIZE));
            server.setOption(VsockSocketOptions.BUFFER_SIZE, 60_000L);
            try (SocketChannel end = guest.device().connectToHost(portOf(server)); SocketChannel peer = server
                .accept()) {
                assertEquals(60_000L, peer.getOption(VsockSocketOptions.BUFFER_SIZE));
                Streams.assertConnected(new Pair(peer, end));
            }
        }
    }
}
