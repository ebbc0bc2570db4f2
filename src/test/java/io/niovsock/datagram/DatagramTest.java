// SPDX-License-Identifier: Apache-2.0
package io.niovsock.datagram;

import io.niovsock.Vsock;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Datagrams, over UDP and over vsock alike. */
class DatagramTest {
    @BeforeEach
    void aTransportThatCarriesDatagrams() throws Exception {
        DatagramKind.requireTransport();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static String text(ByteBuffer received) {
        return UTF_8.decode(received.flip()).toString();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSentIsReceivedWithItsSender(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            assertEquals(5, a.send(bytes("hello"), kind.addressOf(b)));
            for (ByteBuffer dst : new ByteBuffer[] { ByteBuffer.allocate(100), ByteBuffer.allocateDirect(100) }) {
                SocketAddress sender = b.receive(dst);
                assertEquals(kind.addressOf(a), sender);
                assertEquals("hello", text(dst));
                b.send(bytes("again"), sender);
                dst.clear();
                assertEquals(kind.addressOf(b), a.receive(dst));
                assertEquals("again", text(dst));
                a.send(bytes("hello"), kind.addressOf(b));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatTheBufferHasNoRoomForIsLost(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            a.send(bytes("0123456789"), kind.addressOf(b));
            a.send(bytes("next"), kind.addressOf(b));
            ByteBuffer small = ByteBuffer.allocate(4);
            b.receive(small);
            assertEquals("0123", text(small));
            ByteBuffer dst = ByteBuffer.allocate(100);
            b.receive(dst);
            assertEquals("next", text(dst));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyDatagramIsOne(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            assertEquals(0, a.send(ByteBuffer.allocate(0), kind.addressOf(b)));
            assertEquals(kind.addressOf(a), b.receive(ByteBuffer.allocate(10)));
        }
    }

    /** Unlike a receive, which takes it, and loses what it has no room for. */
    @ParameterizedTest
    @EnumSource
    void aReadWithoutRoomTakesNoDatagram(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            b.connect(kind.addressOf(a));
            ByteBuffer[] none = { ByteBuffer.allocate(0), ByteBuffer.allocateDirect(0) };
            assertEquals(0, b.read(none[0]));
            assertEquals(0, b.read(none));
            a.send(bytes("kept"), kind.addressOf(b));
            assertEquals(0, b.read(none[1]));
            assertEquals(0, b.read(none));
            assertEquals(4, b.read(ByteBuffer.allocate(10)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectedChannelHearsItsPeerAlone(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound();
             DatagramChannel c = kind.openBound()) {
            SocketAddress there = kind.addressOf(a);
            a.connect(kind.addressOf(b));
            b.connect(there);
            c.send(bytes("stranger"), there);
            ByteBuffer[] parts = { bytes("one "), ByteBuffer.allocateDirect(3).put(bytes("two")).flip() };
            assertEquals(7, b.write(parts));
            ByteBuffer[] into = { ByteBuffer.allocate(2), ByteBuffer.allocateDirect(100) };
            assertEquals(7, a.read(into));
            assertEquals("on", text(into[0]));
            assertEquals("e two", text(into[1]));
            assertFails(AlreadyConnectedException.class, () -> a.send(bytes("x"), kind.addressOf(c)));
            assertFails(AlreadyConnectedException.class, () -> a.connect(kind.addressOf(b)));

            a.disconnect();
            assertFalse(a.isConnected());
            assertNull(a.getRemoteAddress());
            assertFails(NotYetConnectedException.class, () -> a.read(ByteBuffer.allocate(1)));
            c.send(bytes("heard now"), kind.addressOf(a));
            ByteBuffer dst = ByteBuffer.allocate(100);
            assertEquals(kind.addressOf(c), a.receive(dst));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNonBlockingChannelDoesNotWait(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound();
             Selector selector = Selector.open()) {
            a.configureBlocking(false);
            assertNull(a.receive(ByteBuffer.allocate(1)));
            SelectionKey key = a.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            assertEquals(1, selector.select());
            assertEquals(SelectionKey.OP_WRITE, key.readyOps());
            selector.selectedKeys().clear();
            key.interestOps(SelectionKey.OP_READ);
            b.send(bytes("x"), kind.addressOf(a));
            assertEquals(1, selector.select());
            assertTrue(key.isReadable());
            assertEquals(kind.addressOf(b), a.receive(ByteBuffer.allocate(1)));
            a.connect(kind.addressOf(b));
            assertEquals(0, a.read(ByteBuffer.allocate(1)));
        }
    }

    static Stream<Arguments> kindsAndThreads() {
        return Arrays.stream(DatagramKind.values())
            .flatMap(kind -> ThreadKind.available().stream().map(thread -> Arguments.of(kind, thread)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndThreads")
    void aCloseOrAnInterruptEndsAReceive(DatagramKind kind, ThreadKind thread) throws Exception {
        try (DatagramChannel closed = kind.openBound(); DatagramChannel interrupted = kind.openBound();
             Background<?> first = Background.start(thread, () -> closed.receive(ByteBuffer.allocate(1)));
             Background<?> second = Background.start(thread, () -> interrupted.receive(ByteBuffer.allocate(1)))) {
            first.awaitBlocked();
            closed.close();
            first.failure(AsynchronousCloseException.class);
            second.awaitBlocked();
            second.interrupt();
            second.failure(ClosedByInterruptException.class);
            assertFalse(interrupted.isOpen());
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndThreads")
    void anInterruptComesBeforeWhatTheChannelRefuses(DatagramKind kind, ThreadKind thread) throws Exception {
        ByteBuffer[] one = { ByteBuffer.allocate(1) };
        assertInterruptedAtOnce(kind, thread, channel -> channel.read(one[0]));
        assertInterruptedAtOnce(kind, thread, channel -> (int) channel.read(one));
        assertInterruptedAtOnce(kind, thread, channel -> channel.write(one[0]));
        assertInterruptedAtOnce(kind, thread, channel -> (int) channel.write(one));
        try (DatagramChannel peer = kind.openBound(); DatagramChannel other = kind.openBound()) {
            SocketAddress there = kind.addressOf(peer);
            SocketAddress elsewhere = kind.addressOf(other);
            assertInterruptedAtOnce(kind, thread, channel -> {
                Thread.interrupted();
                channel.connect(there);
                Thread.currentThread().interrupt();
                return channel.send(one[0], elsewhere);
            });
        }
    }

    private interface Use {
        int of(DatagramChannel channel) throws IOException;
    }

    private static void assertInterruptedAtOnce(DatagramKind kind, ThreadKind thread, Use use) throws Exception {
        try (DatagramChannel channel = kind.openBound();
             Background<Integer> interrupted = Background.start(thread, () -> {
                 Thread.currentThread().interrupt();
                 return use.of(channel);
             })) {
            interrupted.failure(ClosedByInterruptException.class);
            assertFalse(channel.isOpen());
        }
    }

    /** A socket bound to any CID has the machine's own in its name. */
    @Test
    void aPeerBoundToAnyCidIsReachedAndSeenAtTheLocalOne() throws Exception {
        if (!Machine.isEmulated())
            throw Skip.because("VMCI sends nothing to CID 1; the emulated transport does");
        try (DatagramChannel server = DatagramKind.VSOCK.open().bind(
                 VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
             DatagramChannel client = DatagramKind.VSOCK.openBound()) {
            long port = ((VsockSocketAddress) server.getLocalAddress()).getVsockPort();
            VsockSocketAddress own = VsockSocketAddress.of(Vsock.localCid(), port);
            VsockSocketAddress local = VsockSocketAddress.local(port);
            SocketAddress there = client.getLocalAddress();
            assertEquals(own, answer(server, there, client), "not connected");
            client.connect(local);
            client.write(bytes("x"));
            server.receive(ByteBuffer.allocate(1));
            assertEquals(local, answer(server, there, client));
            client.disconnect();
            assertEquals(own, answer(server, there, client), "not connected anymore");
            client.connect(own);
            assertEquals(own, answer(server, there, client));
        }
    }

    private static SocketAddress answer(DatagramChannel server, SocketAddress to, DatagramChannel client)
        throws Exception {

        server.send(bytes("y"), to);
        client.socket().setSoTimeout((int) Machine.PATIENCE.toMillis());
        DatagramPacket packet = new DatagramPacket(new byte[1], 1);
        client.socket().receive(packet);
        return packet.getSocketAddress();
    }

    /** The name of a socket at its own CID does not tell whether the socket is bound to any CID. */
    @Test
    void theOwnCidAndTheLocalOneShareTheirPorts() throws Exception {
        if (!Machine.isEmulated())
            throw Skip.because("on the kernel's transports they are two sockets; on the emulated one not");
        try (DatagramChannel first = DatagramKind.VSOCK.openBound();
             DatagramChannel second = DatagramKind.VSOCK.open()) {
            long port = ((VsockSocketAddress) first.getLocalAddress()).getVsockPort();
            assertFails(BindException.class, () -> second.bind(VsockSocketAddress.of(Vsock.localCid(), port)));
        }
    }

    /** A timeout includes the wait for another thread, whose receive has no limit. */
    @ParameterizedTest
    @MethodSource("io.niovsock.testkit.ThreadKind#available")
    void aTimeoutEndsTheWaitForAnotherThread(ThreadKind thread) throws Exception {
        try (DatagramChannel channel = DatagramKind.VSOCK.openBound();
             Background<?> waiting = Background.start(thread, () -> channel.receive(ByteBuffer.allocate(1)))) {
            waiting.awaitBlocked();
            channel.socket().setSoTimeout(50);
            try (Background<Void> second = Background.start(thread, () -> {
                channel.socket().receive(new DatagramPacket(new byte[1], 1));
                return null;
            })) {
                assertEquals("Receive timed out", second.failure(SocketTimeoutException.class).getMessage());
            }
            assertFalse(waiting.isDone());
        }
    }

    /** A close does not return an empty datagram. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndThreads")
    void aCloseEndsAReceiveThatHasATimeout(DatagramKind kind, ThreadKind thread) throws Exception {
        try (DatagramChannel channel = kind.openBound()) {
            channel.socket().setSoTimeout((int) Machine.PATIENCE.toMillis());
            try (Background<Void> receiver = Background.start(thread, () -> {
                channel.socket().receive(new DatagramPacket(new byte[1], 1));
                return null;
            })) {
                receiver.awaitBlocked();
                channel.close();
                assertInstanceOf(SocketException.class, receiver.failure());
            }
        }
    }

    /**
     * A connected channel waits for its peer. Other senders keep the queue full, and the close must end it
     * nevertheless.
     */
    @ParameterizedTest
    @EnumSource
    void noStrangersDatagramComesThroughAtAClose(DatagramKind kind) throws Exception {
        for (int round = 0; round < Machine.rounds(100); round++) {
            try (DatagramChannel peer = kind.openBound(); DatagramChannel stranger = kind.openBound();
                 DatagramChannel channel = kind.openBound()) {
                SocketAddress there = kind.addressOf(channel);
                channel.connect(kind.addressOf(peer));
                stranger.configureBlocking(false);
                try (Background<Integer> reader = Background.start(() -> channel.read(ByteBuffer.allocate(10)))) {
                    for (int i = 0; i < 50; i++)
                        stranger.send(bytes("strange"), there);
                    channel.close();
                    assertInstanceOf(ClosedChannelException.class, reader.failure());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectedChannelSendsToWhatItWasConnectedTo(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            int port = ((InetSocketAddress) kind.addressOf(b)).getPort();
            SocketAddress there = kind.isVsock() ? VsockSocketAddress.of(VsockSocketAddress.CID_ANY, port)
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            a.connect(there);
            assertEquals(1, a.send(bytes("x"), there));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileIsSentAsADatagram(DatagramKind kind, @TempDir Path folder) throws Exception {
        byte[] bytes = new byte[100];
        Arrays.fill(bytes, (byte) 7);
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound();
             FileChannel file = FileChannel.open(Files.write(folder.resolve("datagram"), bytes))) {
            a.connect(kind.addressOf(b));
            assertEquals(bytes.length, file.transferTo(0, bytes.length, a));
            ByteBuffer received = ByteBuffer.allocate(bytes.length + 1);
            b.receive(received);
            assertArrayEquals(bytes, Arrays.copyOf(received.array(), received.position()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void moreThanADatagramHoldsIsRefused(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            ByteBuffer tooMuch = ByteBuffer.allocate(1 << 20);
            assertThrows(IOException.class, () -> a.send(tooMuch, kind.addressOf(b)));
            assertEquals(0, tooMuch.position());
            b.configureBlocking(false);
            assertNull(b.receive(ByteBuffer.allocate(1)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedOrBoundChannelSaysSo(DatagramKind kind) throws Exception {
        DatagramChannel a = kind.openBound();
        assertFails(AlreadyBoundException.class, () -> a.bind(kind.freeEndpoint()));
        assertThrows(IllegalArgumentException.class, () -> a.receive(ByteBuffer.allocate(1).asReadOnlyBuffer()));
        assertFails(NotYetConnectedException.class, () -> a.write(bytes("x")));
        SocketAddress there = kind.addressOf(a);
        a.close();
        assertThrows(ClosedChannelException.class, () -> a.receive(ByteBuffer.allocate(1)));
        assertThrows(ClosedChannelException.class, () -> a.send(bytes("x"), there));
        assertThrows(ClosedChannelException.class, a::getLocalAddress);
    }

    @ParameterizedTest
    @EnumSource
    void theSocketOfAChannelAnswersPackets(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.open()) {
            assertSame(b, b.socket().getChannel());
            assertInstanceOf(MulticastSocket.class, b.socket());
            b.socket().setSoTimeout(50);
            b.socket().bind(kind.freeEndpoint());
            assertEquals(50, b.socket().getSoTimeout());
            assertFails(SocketTimeoutException.class, () -> b.socket().receive(new DatagramPacket(new byte[1], 1)));
            a.send(bytes("ping"), kind.addressOf(b));
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            b.socket().receive(packet);
            assertEquals("ping", new String(packet.getData(), 0, packet.getLength(), UTF_8));
            assertEquals(kind.addressOf(a), packet.getSocketAddress());
            b.socket().send(packet);
            ByteBuffer dst = ByteBuffer.allocate(100);
            assertEquals(kind.addressOf(b), a.receive(dst));
            b.socket().close();
            assertFails(SocketException.class, () -> b.socket().receive(packet));
        }
    }

    @Test
    void theFirstSendDecides() throws Exception {
        try (DatagramChannel vsock = DatagramKind.VSOCK.openBound();
             DatagramChannel udp = DatagramKind.JDK_UDP.openBound();
             DatagramChannel toVsock = DatagramChannel.open(); DatagramChannel toUdp = DatagramChannel.open()) {
            toVsock.setOption(StandardSocketOptions.SO_BROADCAST, true);
            toVsock.send(bytes("x"), DatagramKind.VSOCK.addressOf(vsock));
            toUdp.send(bytes("x"), udp.getLocalAddress());
            assertInstanceOf(VsockSocketAddress.class, toVsock.getLocalAddress());
            assertEquals(InetSocketAddress.class, toUdp.getLocalAddress().getClass());
            assertTrue(toVsock.getOption(StandardSocketOptions.SO_BROADCAST));
            assertFails(UnsupportedAddressTypeException.class,
                () -> toUdp.send(bytes("x"), DatagramKind.VSOCK.addressOf(vsock)));
            assertFails(UnsupportedAddressTypeException.class, () -> toVsock.send(bytes("x"), udp.getLocalAddress()));
        }
    }

    @Test
    void anUndecidedChannelIsWritableAndStaysSelectedWhenItBecomesVsock() throws Exception {
        try (DatagramChannel server = DatagramKind.VSOCK.openBound(); DatagramChannel client = DatagramChannel.open();
             Selector selector = Selector.open()) {
            client.configureBlocking(false);
            SelectionKey key = client.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            assertEquals(1, selector.select());
            assertTrue(key.isWritable());
            client.send(bytes("x"), DatagramKind.VSOCK.addressOf(server));
            selector.selectedKeys().clear();
            key.interestOps(SelectionKey.OP_READ);
            selector.selectNow(); // takes the wake-up that the decision leaves
            try (Background<Integer> selecting = Background.start(() -> selector.select())) {
                SocketAddress sender = server.receive(ByteBuffer.allocate(1));
                server.send(bytes("y"), sender);
                assertEquals(1, selecting.result());
                assertTrue(key.isReadable());
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndThreads")
    void anInterruptedReceiveOfASocketFailsAsThePlatforms(DatagramKind kind, ThreadKind thread) throws Exception {
        Throwable reference = failureOfInterruptedReceive(DatagramKind.JDK_UDP, thread);
        Throwable failure = failureOfInterruptedReceive(kind, thread);
        assertEquals(reference.getClass(), failure.getClass());
        assertEquals(reference.getMessage(), failure.getMessage());
    }

    private static Throwable failureOfInterruptedReceive(DatagramKind kind, ThreadKind thread) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[1], 1);
        try (DatagramChannel channel = kind.openBound(); Background<?> receiver = Background.start(thread, () -> {
            channel.socket().receive(packet);
            return null;
        })) {
            receiver.awaitBlocked();
            receiver.interrupt();
            Throwable failure = receiver.failure();
            assertFalse(channel.isOpen());
            return failure;
        }
    }

    /** A virtual thread that waits under a lock keeps its carrier. */
    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void aPacketIsFreeUntilADatagramIsThere(DatagramKind kind) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[] { '.', '.', '.', '.' }, 1, 2);
        byte[] replaced = packet.getData();
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound();
             Background<?> receiver = Background.start(() -> {
                 b.socket().receive(packet);
                 return null;
             })) {
            receiver.awaitBlocked();
            try (Background<?> other = Background.start(() -> {
                packet.setData(new byte[10], 5, 1);
                return null;
            })) {
                other.result();
            }
            a.send(bytes("abc"), kind.addressOf(b));
            receiver.result();
            assertEquals("a", new String(packet.getData(), 5, packet.getLength(), UTF_8));
            assertEquals("....", new String(replaced, UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPacketTakesNoMoreThanItsLength(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.openBound(); DatagramChannel b = kind.openBound()) {
            DatagramPacket packet = new DatagramPacket(new byte[100], 10, 4);
            for (String sent : new String[] { "0123456789", "x", "next one" }) {
                a.send(bytes(sent), kind.addressOf(b));
                b.socket().receive(packet);
                assertEquals(sent.substring(0, Math.min(4, sent.length())),
                    new String(packet.getData(), 10, packet.getLength(), UTF_8));
            }
            packet.setLength(100 - 10);
            a.send(bytes("0123456789"), kind.addressOf(b));
            b.socket().receive(packet);
            assertEquals(10, packet.getLength());
            assertEquals(0, packet.getData()[20]);
        }
    }

    /** A datagram from the same port of another machine is not the peer's. */
    @ParameterizedTest
    @EnumSource(names = { "VSOCK", "DEFERRED_VSOCK" })
    void toConnectToAWildcardIsToHearThisMachineAlone(DatagramKind kind) throws Exception {
        try (DatagramChannel a = kind.open(); DatagramChannel b = kind.open(); DatagramChannel c = kind.openBound()) {
            a.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
            b.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
            long port = ((VsockSocketAddress) b.getLocalAddress()).getVsockPort();
            a.connect(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, port));
            assertEquals(port, ((VsockSocketAddress) a.getRemoteAddress()).getVsockPort());
            a.write(bytes("x"));
            SocketAddress sender = b.receive(ByteBuffer.allocate(1));
            c.send(bytes("stranger"), sender);
            b.send(bytes("peer"), sender);
            ByteBuffer dst = ByteBuffer.allocate(100);
            a.read(dst);
            assertEquals("peer", text(dst));
        }
    }

    @Test
    void whereNoTransportLeadsIsSaid() throws Exception {
        if (Machine.isEmulated())
            throw Skip.because("on the emulated transport every machine may come to be there: testvm/run --vmci");
        try (DatagramChannel a = DatagramKind.VSOCK.openBound()) {
            String message = assertFails(NoRouteToHostException.class,
                () -> a.send(bytes("x"), VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 5000))).getMessage();
            assertTrue(message.contains("vsock:local:5000"), message);
        }
    }

    @Test
    void oneSelectorServesVsockAndUdp() throws Exception {
        try (Selector selector = Selector.open(); DatagramChannel vsock = DatagramKind.VSOCK.openBound();
             DatagramChannel udp = DatagramKind.UDP.openBound(); DatagramChannel jdk = DatagramKind.JDK_UDP.openBound();
             DatagramChannel fromVsock = DatagramKind.VSOCK.openBound();
             DatagramChannel fromUdp = DatagramKind.JDK_UDP.openBound()) {
            for (DatagramChannel channel : new DatagramChannel[] { vsock, udp, jdk }) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
            }
            assertEquals(0, selector.selectNow());
            fromVsock.send(bytes("x"), DatagramKind.VSOCK.addressOf(vsock));
            assertEquals(1, selector.select());
            assertSame(vsock, selector.selectedKeys().iterator().next().channel());
            assertEquals(DatagramKind.VSOCK.addressOf(fromVsock), vsock.receive(ByteBuffer.allocate(1)));
            selector.selectedKeys().clear();
            fromUdp.send(bytes("x"), udp.getLocalAddress());
            assertEquals(1, selector.select());
            assertSame(udp, selector.selectedKeys().iterator().next().channel());
        }
    }

    @Test
    void recordsAreNotDatagrams() {
        assertThrows(UnsupportedOperationException.class,
            () -> DatagramChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET));
        assertThrows(UnsupportedOperationException.class, () -> DatagramChannel.open(StandardProtocolFamily.UNIX));
    }
}
