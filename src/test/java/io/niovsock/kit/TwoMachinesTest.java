// SPDX-License-Identifier: Apache-2.0
package io.niovsock.kit;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.VsockSocketOptions;
import io.niovsock.test.Guest;
import io.niovsock.test.VsockMachine;
import io.niovsock.test.VsockMachines;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A host and guests in one JVM, without faults. */
class TwoMachinesTest implements KitTest {
    private static final int PORT = 5000;

    @Test
    void aGuestConnectsToItsHost(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT);
             SocketChannel client = guest.call(() -> SocketChannel.open(VsockSocketAddress.host(PORT)));
             SocketChannel accepted = server.accept()) {

            assertEquals(VsockSocketAddress.host(PORT), client.getRemoteAddress());
            assertEquals(42, ((VsockSocketAddress) client.getLocalAddress()).getCid());
            assertEquals(client.getLocalAddress(), accepted.getRemoteAddress());
            assertEquals(VsockSocketAddress.host(PORT), accepted.getLocalAddress());
            KitTest.say(client, "from the guest");
            assertEquals("from the guest", KitTest.hear(accepted, 14));
            KitTest.say(accepted, "from the host");
            client.shutdownOutput();
            assertEquals("from the host", KitTest.hear(client, 13));
            assertEquals(-1, accepted.read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void aHostConnectsToItsGuest(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = guest.call(() ->
                ServerSocketChannel.open().bind(VsockSocketAddress.parse("vsock:42:5000")));
             SocketChannel client = host.connect(guest.address(PORT));
             SocketChannel accepted = server.accept()) {

            assertEquals(VsockSocketAddress.of(42, PORT), client.getRemoteAddress());
            assertEquals(2, ((VsockSocketAddress) accepted.getRemoteAddress()).getCid());
        }
    }

    @Test
    void theFactsOfAMachineAreItsOwn(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        assertEquals(2L, host.call(Vsock::localCid));
        assertEquals(42L, guest.call(Vsock::localCid));
        assertEquals(Vsock.Role.HOST, host.call(Vsock::role));
        assertEquals(Vsock.Role.GUEST, guest.call(Vsock::role));
        assertEquals("emulated", guest.call(Vsock::transport));
        assertEquals(42L, guest.call(() -> host.call(Vsock::localCid) * 21));
        assertFails(BindException.class, () -> guest.run(() -> {
            try (ServerSocketChannel server = ServerSocketChannel.open()) {
                server.bind(VsockSocketAddress.host(PORT));
            }
        }));
    }

    @ParameterizedTest
    @MethodSource("io.niovsock.testkit.ThreadKind#available")
    void theThreadsOfAMachineActAsIt(ThreadKind thread, @Guest(cid = 42) VsockMachine guest) throws Exception {
        ExecutorService pool = Executors.newCachedThreadPool(guest.threadFactory());
        assertEquals(42L, pool.submit(Vsock::localCid).get());
        pool.shutdown();
        try (Background<Long> started = guest.call(() -> Background.start(thread, Vsock::localCid))) {
            assertEquals(42L, started.result());
        }
    }

    @Test
    void eachMachineReachesItselfAlone(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        VsockSocketAddress local = VsockSocketAddress.parse("vsock:local:5000");
        try (ServerSocketChannel ofGuest = guest.call(() -> ServerSocketChannel.open().bind(local))) {
            assertFails(ConnectException.class, () -> host.connect(local));
            try (ServerSocketChannel ofHost = host.listen(PORT);
                 SocketChannel client = host.connect(local);
                 SocketChannel another = guest.connect(local);
                 SocketChannel accepted = ofHost.accept()) {

                ofGuest.accept().close();
                assertEquals(-1, another.read(ByteBuffer.allocate(1)));
                assertEquals(client.getLocalAddress(), accepted.getRemoteAddress());
                assertEquals(local, accepted.getLocalAddress());
            }
        }
    }

    @Test
    void guestsReachEachOtherOnlyThroughTheHost(@Guest(cid = 42) VsockMachine one, @Guest(cid = 43) VsockMachine other)
        throws Exception {

        try (ServerSocketChannel server = other.listen(PORT);
             SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
            assertFails(NoRouteToHostException.class, () -> one.connect(other.address(PORT)));
            client.close();
        }
        try (ServerSocketChannel server = other.listen(PORT); SocketChannel client = one.call(SocketChannel::open)) {
            client.setOption(VsockSocketOptions.TO_HOST, true);
            one.run(() -> client.connect(other.address(PORT)));
            server.accept().close();
        }
    }

    @Test
    void noMachineHasAnUnknownCid(VsockMachine host, VsockMachines machines) throws Exception {
        assertFails(NoRouteToHostException.class, () -> host.connect(VsockSocketAddress.of(99, PORT)));
        assertSame(machines.guest(42), machines.guest(42));
        assertThrows(IllegalArgumentException.class, () -> machines.guest(2));
        assertThrows(IllegalArgumentException.class, () -> machines.guest(1));
        assertThrows(IllegalArgumentException.class, () -> machines.guest(VsockSocketAddress.CID_ANY));
    }

    @Test
    void oneSelectorServesBothMachines(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        try (Selector selector = Selector.open();
             ServerSocketChannel server = host.listen(PORT);
             SocketChannel client = guest.call(SocketChannel::open)) {

            server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            client.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
            assertEquals(false, guest.call(() -> client.connect(VsockSocketAddress.host(PORT))));
            while (!client.isConnected()) {
                selector.select(key -> assertTrue(key.isValid()));
                client.finishConnect();
            }
            selector.select(key -> assertTrue(key.isAcceptable() || key.channel() == client));
            server.accept().close();
            assertEquals(42, ((VsockSocketAddress) client.getLocalAddress()).getCid());
        }
    }

    @Test
    void asynchronousChannelsAreOfAMachine(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        try (AsynchronousServerSocketChannel server = host.call(() ->
                AsynchronousServerSocketChannel.open().bind(VsockSocketAddress.host(PORT)));
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {

            guest.call(() -> client.connect(VsockSocketAddress.host(PORT))).get();
            try (AsynchronousSocketChannel accepted = server.accept().get()) {
                assertEquals(42, ((VsockSocketAddress) accepted.getRemoteAddress()).getCid());
            }
        }
    }

    @Test
    void socketsOfJavaNetAreOfAMachine(VsockMachine host, @Guest(cid = 42) VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT);
             Socket client = guest.call(() -> {
                 Socket socket = new VsockSocketFactory().createSocket();
                 socket.connect(VsockSocketAddress.host(PORT));
                 return socket;
             });
             SocketChannel accepted = server.accept()) {

            client.getOutputStream().write('x');
            assertEquals("x", KitTest.hear(accepted, 1));
            assertEquals(42, ((VsockSocketAddress) accepted.getRemoteAddress()).getCid());
        }
    }

    @Test
    void recordsAndDatagramsGoToTheOtherMachine(VsockMachine host, @Guest(cid = 42) VsockMachine guest)
        throws Exception {

        try (DatagramChannel receiver = host.call(() -> DatagramChannel.open().bind(VsockSocketAddress.host(PORT)));
             DatagramChannel sender = guest.call(DatagramChannel::open)) {
            guest.call(() -> sender.send(ByteBuffer.allocate(3), VsockSocketAddress.host(PORT)));
            assertEquals(42, ((VsockSocketAddress) receiver.receive(ByteBuffer.allocate(9))).getCid());
            assertFails(NoRouteToHostException.class,
                () -> receiver.send(ByteBuffer.allocate(3), VsockSocketAddress.of(99, PORT)));
        }
        try (SocketChannel server = host.call(() -> SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET))) {
            assertFails(NoRouteToHostException.class, () -> server.connect(VsockSocketAddress.of(99, PORT)));
        }
    }

    @Test
    void aPortOfAMachineIsTakenOnce(VsockMachine host, @Guest VsockMachine guest) throws Exception {
        try (ServerSocketChannel server = host.listen(PORT); ServerSocketChannel another = guest.listen(PORT)) {
            assertFails(BindException.class, () -> host.listen(PORT));
            assertEquals(server.getLocalAddress(), another.getLocalAddress());
        }
    }

    @Test
    void aProgramsFailureIsThrown(VsockMachine host) {
        assertThrows(IOException.class, () -> host.run(() -> {
            throw new IOException("of the program");
        }));
    }
}
