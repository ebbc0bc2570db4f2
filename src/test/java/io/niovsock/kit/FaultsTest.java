// SPDX-License-Identifier: Apache-2.0
package io.niovsock.kit;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.test.Guest;
import io.niovsock.test.VsockMachine;
import io.niovsock.test.VsockMachines;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a program sees of each fault. */
class FaultsTest implements KitTest {
    private static final int PORT = 5000;

    private record Connection(ServerSocketChannel server, SocketChannel client, SocketChannel accepted)
        implements AutoCloseable {

        static Connection between(VsockMachine host, VsockMachine guest) throws IOException {
            ServerSocketChannel server = host.listen(PORT);
            SocketChannel client = guest.connect(host.address(PORT));
            return new Connection(server, client, server.accept());
        }

        @Override
        public void close() throws IOException {
            server.close();
            client.close();
            accepted.close();
        }
    }

    // -- connects

    @Test
    void aPortRefusesThoughAProgramListens(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT)) {
            host.refuse(PORT);
            assertFails(ConnectException.class, () -> guest.connect(host.address(PORT)));
            assertFails(NoRouteToHostException.class, () -> host.connect(VsockSocketAddress.of(77, PORT)));
            host.answer(PORT);
            guest.connect(host.address(PORT)).close();
            server.accept().close();
        }
    }

    @Test
    void aConnectWithoutAnAnswerEndsAfterItsOwnTime(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT); SocketChannel client = SocketChannel.open()) {
            host.ignore(PORT);
            assertFails(SocketTimeoutException.class,
                () -> guest.run(() -> client.socket().connect(host.address(PORT), 50)));
            host.answer(PORT);
            server.configureBlocking(false);
            assertEquals(null, server.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectWithoutAnAnswerPendsUntilItIsRefused(Ending ending, VsockMachine host, @Guest VsockMachine guest)
        throws Exception {

        host.ignore(PORT);
        try (Selector selector = Selector.open(); SocketChannel client = guest.call(SocketChannel::open);
             SocketChannel blocking = SocketChannel.open();
             Background<Boolean> connect = guest.call(() ->
                 Background.start(() -> blocking.connect(host.address(PORT))))) {

            client.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
            assertFalse(guest.call(() -> client.connect(host.address(PORT))));
            assertEquals(0, selector.select(20));
            assertFalse(client.finishConnect());
            connect.awaitBlocked();
            ending.of(host, guest);
            assertEquals(1, selector.select());
            assertFails(ConnectException.class, client::finishConnect);
            connect.failure(ConnectException.class);
        }
    }

    /** What ends a connect that is pending. */
    enum Ending {
        ANSWER, RESET, POWER_OFF, OWN_POWER_OFF;

        void of(VsockMachine host, VsockMachine guest) {
            switch (this) {
                case ANSWER -> host.answer(PORT);
                case RESET -> host.resetConnections();
                case POWER_OFF -> host.powerOff();
                default -> guest.powerOff();
            }
        }
    }

    @Test
    void aHangingServerTakesWhatTheBuffersHold(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT)) {
            host.hang(PORT);
            try (SocketChannel client = guest.connect(host.address(PORT));
                 Background<Integer> reader = Background.start(() -> client.read(ByteBuffer.allocate(1)))) {
                assertEquals(host.address(PORT), client.getRemoteAddress());
                reader.awaitBlocked();
                client.write(ByteBuffer.allocate(100));
                try (Background<Integer> writer =
                         Background.start(() -> client.write(ByteBuffer.allocate(10_000_000)))) {
                    writer.awaitBlocked();
                    host.answer(PORT);
                    assertTrue(writer.result() > 0);
                }
                assertThrows(IOException.class, () -> client.write(ByteBuffer.allocate(1)));
                assertEquals("Connection reset", reader.failure(SocketException.class).getMessage());
            }
            server.configureBlocking(false);
            assertEquals(null, server.accept());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHangingConnectionIsReset(Ending ending, VsockMachine host, @Guest VsockMachine guest) throws Exception {
        host.hang(PORT);
        try (SocketChannel client = guest.connect(host.address(PORT));
             Background<Integer> reader = Background.start(() -> client.read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            ending.of(host, guest);
            assertEquals("Connection reset", reader.failure(SocketException.class).getMessage());
        }
    }

    @Test
    void aFullBacklogRefuses(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        assertFails(ConnectException.class, () -> guest.fillBacklog(host.address(PORT)));
        try (ServerSocketChannel server = host.call(() ->
                ServerSocketChannel.open().bind(VsockSocketAddress.host(PORT), 3))) {
            try (VsockMachine.Backlog backlog = guest.fillBacklog(host.address(PORT))) {
                assertTrue(backlog.size() >= 3 && backlog.size() < 6, () -> "size=" + backlog.size());
                assertFails(ConnectException.class, () -> guest.connect(host.address(PORT)));
                server.accept().close();
                guest.connect(host.address(PORT)).close();
            }
        }
    }

    // -- resets

    @ParameterizedTest
    @MethodSource("io.niovsock.testkit.ThreadKind#available")
    void aResetEndsReadsAndWritesAtBothEnds(ThreadKind thread, VsockMachine host, @Guest VsockMachine guest)
        throws Exception {

        try (Connection connection = Connection.between(host, guest);
             Background<Integer> reader =
                 Background.start(thread, () -> connection.client().read(ByteBuffer.allocate(9)))) {

            reader.awaitBlocked();
            assertEquals(1, host.resetConnections());
            assertEquals("Connection reset", reader.failure(SocketException.class).getMessage());
            for (SocketChannel end : new SocketChannel[] { connection.client(), connection.accepted() }) {
                assertEquals("Connection reset by peer",
                    assertFails(IOException.class, () -> end.write(ByteBuffer.allocate(1))).getMessage());
                assertEquals("Connection reset",
                    assertFails(SocketException.class, () -> end.read(ByteBuffer.allocate(1))).getMessage());
            }
        }
    }

    @Test
    void aResetEndsAWriteThatWaits(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (Connection connection = Connection.between(host, guest);
             Background<Integer> writer =
                 Background.start(() -> connection.client().write(ByteBuffer.allocate(10_000_000)))) {

            writer.awaitBlocked();
            assertEquals(1, guest.resetConnections());
            assertTrue(writer.result() > 0);
            assertFails(IOException.class, () -> connection.client().write(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void bytesThatHaveArrivedCanBeReadAfterAReset(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (Connection connection = Connection.between(host, guest); Selector selector = Selector.open()) {
            connection.accepted().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            assertEquals(0, selector.selectNow());
            KitTest.say(connection.client(), "last");
            assertEquals(1, guest.resetConnections(((VsockSocketAddress) connection.client().getLocalAddress())
                .getVsockPort()));
            assertEquals(1, selector.select());
            assertEquals("last", KitTest.hear(connection.accepted(), 4));
            assertFails(SocketException.class, () -> connection.accepted().read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void aResetIsOfThatPortAlone(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (Connection connection = Connection.between(host, guest); ServerSocketChannel other = host.listen(PORT + 1);
             SocketChannel client = guest.connect(host.address(PORT + 1)); SocketChannel accepted = other.accept()) {

            assertEquals(1, host.resetConnections(PORT + 1));
            assertFails(SocketException.class, () -> client.read(ByteBuffer.allocate(1)));
            assertFails(SocketException.class, () -> accepted.read(ByteBuffer.allocate(1)));
            KitTest.say(connection.client(), "still");
            assertEquals("still", KitTest.hear(connection.accepted(), 5));
            guest.connect(host.address(PORT + 1)).close();
        }
    }

    @Test
    void aConnectionThatIsNotAcceptedYetIsReset(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT); SocketChannel client = guest.connect(host.address(PORT))) {
            assertEquals(1, host.resetConnections());
            try (SocketChannel accepted = server.accept()) {
                assertFails(SocketException.class, () -> accepted.read(ByteBuffer.allocate(1)));
            }
            assertFails(SocketException.class, () -> client.read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void recordsAreReset(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.call(() -> VsockSelectorProvider.instance()
                .openServerSocketChannel(VsockProtocolFamily.VSOCK_SEQPACKET).bind(VsockSocketAddress.host(PORT)));
             SocketChannel client = guest.call(() -> SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET))) {
            client.connect(host.address(PORT));
            try (SocketChannel accepted = server.accept()) {
                assertEquals(1, host.resetConnections());
                assertFails(SocketException.class, () -> client.read(ByteBuffer.allocate(1)));
                assertFails(IOException.class, () -> accepted.write(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void aResetEndsAnAsynchronousRead(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT);
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            guest.call(() -> client.connect(host.address(PORT))).get();
            try (SocketChannel accepted = server.accept()) {
                Future<Integer> read = client.read(ByteBuffer.allocate(1));
                assertEquals(1, host.resetConnections());
                assertEquals("Connection reset", assertThrows(ExecutionException.class, read::get).getCause()
                    .getMessage());
                assertFails(SocketException.class, () -> accepted.read(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void anOrderlyEndStaysOne(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (Connection connection = Connection.between(host, guest)) {
            host.resetConnections(PORT + 1);
            connection.client().close();
            assertEquals(-1, connection.accepted().read(ByteBuffer.allocate(1)));
        }
    }

    // -- the life of a machine

    @Test
    void aMachineThatIsPoweredOffIsGone(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = guest.listen(PORT);
             SocketChannel client = host.connect(guest.address(PORT));
             SocketChannel accepted = server.accept();
             Background<Integer> reader = Background.start(() -> client.read(ByteBuffer.allocate(1)));
             Background<SocketChannel> acceptor = Background.start(server::accept)) {

            reader.awaitBlocked();
            acceptor.awaitBlocked();
            guest.powerOff();
            assertEquals("Connection reset", reader.failure(SocketException.class).getMessage());
            assertInstanceOf(IOException.class, acceptor.failure());
            assertFalse(server.isOpen());
            assertFails(SocketException.class, () -> accepted.read(ByteBuffer.allocate(1)));
            assertFails(NoRouteToHostException.class, () -> host.connect(guest.address(PORT)));
            assertFails(SocketException.class, () -> guest.listen(PORT + 1));
            assertThrows(IOException.class, () -> guest.connect(host.address(PORT)));
        }
    }

    @Test
    void whatAMachineLeavesOpenWhenItIsPoweredOffIsNoLeak(VsockMachines machines) throws Exception {
        VsockMachine guest = machines.guest(42);
        try (ServerSocketChannel server = machines.host().listen(PORT)) {
            guest.connect(machines.host().address(PORT)).configureBlocking(true);
            guest.powerOff();
            server.accept().close();
        }
        machines.requireClosed();
    }

    @Test
    void aRestoredMachineHasAnotherCid(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        try (ServerSocketChannel any = guest.listen(PORT);
             ServerSocketChannel former = guest.call(() ->
                 ServerSocketChannel.open().bind(VsockSocketAddress.of(42, PORT + 1)));
             SocketChannel before = host.connect(guest.address(PORT))) {

            guest.restore(43);
            assertEquals(43L, guest.call(Vsock::localCid));
            assertFails(SocketException.class, () -> before.read(ByteBuffer.allocate(1)));
            any.accept().close();
            try (SocketChannel client = host.connect(VsockSocketAddress.of(43, PORT));
                 SocketChannel accepted = any.accept()) {
                KitTest.say(client, "again");
                assertEquals("again", KitTest.hear(accepted, 5));
                assertEquals(1, guest.resetConnections(PORT));
                assertFails(SocketException.class, () -> client.read(ByteBuffer.allocate(1)));
            }
            assertFails(NoRouteToHostException.class, () -> host.connect(VsockSocketAddress.of(42, PORT)));
            assertFails(ConnectException.class, () -> host.connect(VsockSocketAddress.of(43, PORT + 1)));
            assertThrows(IOException.class, () -> guest.listen(PORT));
            assertThrows(IllegalStateException.class, () -> host.restore(44));
            assertThrows(IllegalStateException.class, () -> guest.restore(2));
            assertThrows(IllegalStateException.class, () -> guest.restore(42));
        }
    }

    @Test
    void aSelectorOfAMachineThatIsPoweredOffWakes(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (Connection connection = Connection.between(host, guest); Selector selector = Selector.open()) {
            connection.client().configureBlocking(false).register(selector, SelectionKey.OP_READ);
            try (Background<Integer> select = Background.start(() -> selector.select())) {
                select.awaitBlocked();
                host.powerOff();
                assertEquals(1, select.result());
            }
            assertFails(SocketException.class, () -> connection.client().read(ByteBuffer.allocate(1)));
        }
    }
}
