// SPDX-License-Identifier: Apache-2.0
package io.niovsock.transport;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;

import static io.niovsock.VsockSocketAddress.CID_ANY;
import static io.niovsock.VsockSocketAddress.CID_LOCAL;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The behaviour that a program sees when a connection begins and ends, and at its limits, as text. The text is that of
 * the kernel's loopback (Linux 6.1). The emulated transport must give the same. The few differences are written next to
 * each other by {@link #by}, and are rows of docs/transports.md.
 */
class TransportBehaviourTest {
    private static final int BUFFER_SIZE = 262_144;

    // -- telling

    /** The texts for the two transports, if they cannot be the same. */
    private static String by(String kernel, String emulated) {
        return Machine.isEmulated() ? emulated : kernel;
    }

    /** The result of a call: a value, or the class of an exception and the first part of its message. */
    private static String told(Callable<?> call) {
        try {
            return Objects.toString(call.call());
        } catch (Exception e) {
            String message = e.getMessage() == null ? "" : e.getMessage().replaceFirst(" \\(.*", "");
            boolean words = message.equals("Broken pipe") || message.equals("Connection reset");
            return e.getClass().getSimpleName() + (words ? ": " + message : "");
        }
    }

    private static void assertTold(String expected, Callable<?> call) {
        assertEquals(expected, told(call));
    }

    /** Retries, since bytes are in transit, and the kernel's workers run, during the test. */
    private static void assertSoon(String expected, Callable<?> repeatable) {
        Await.until(() -> "expected " + expected + ", but it is " + told(repeatable),
            () -> told(repeatable).equals(expected));
    }

    /** The ready operations of a selector, among those that a program asks for. */
    private static String ready(SelectableChannel channel) throws IOException {
        boolean blocking = channel.isBlocking();
        try (Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, asked(channel));
            selector.selectNow();
            return words(key.readyOps());
        } finally {
            if (channel.isOpen() && blocking)
                channel.configureBlocking(true); // the selector's close removes the key
        }
    }

    /** An error or a hang-up makes all requested operations ready. */
    private static int asked(SelectableChannel channel) {
        if (!(channel instanceof SocketChannel connection))
            return channel.validOps();
        return connection.isConnectionPending() ? SelectionKey.OP_CONNECT
            : connection.isConnected() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : channel.validOps();
    }

    private static String words(int ops) {
        List<String> words = new ArrayList<>();
        if ((ops & SelectionKey.OP_ACCEPT) != 0)
            words.add("accept");
        if ((ops & SelectionKey.OP_CONNECT) != 0)
            words.add("connect");
        if ((ops & SelectionKey.OP_READ) != 0)
            words.add("read");
        if ((ops & SelectionKey.OP_WRITE) != 0)
            words.add("write");
        return String.join(" ", words);
    }

    /** The result of one read: text, "end", or "nothing". */
    private static String read(SocketChannel channel) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(100);
        int n = channel.read(dst);
        return n < 0 ? "end" : n == 0 ? "nothing" : new String(dst.array(), 0, n, US_ASCII);
    }

    private static int write(SocketChannel channel, String text) throws IOException {
        return channel.write(ByteBuffer.wrap(text.getBytes(US_ASCII)));
    }

    // -- setting up

    private static ServerSocketChannel listen(VsockProtocolFamily family, int backlog) throws IOException {
        return ServerSocketChannel.open(family).bind(VsockSocketAddress.of(CID_LOCAL, 0), backlog);
    }

    private static SocketChannel nonBlocking(VsockProtocolFamily family) throws IOException {
        SocketChannel channel = SocketChannel.open(family);
        channel.configureBlocking(false);
        return channel;
    }

    private static VsockSocketAddress nobody(VsockProtocolFamily family) throws IOException {
        try (ServerSocketChannel server = listen(family, 1)) {
            return (VsockSocketAddress) server.getLocalAddress();
        }
    }

    /** The two ends of a connection, in non-blocking mode. */
    private record Connection(SocketChannel here, SocketChannel there) implements AutoCloseable {
        static Connection of(VsockProtocolFamily family) throws IOException {
            try (ServerSocketChannel server = listen(family, 5)) {
                SocketChannel here = SocketChannel.open(family);
                here.connect(server.getLocalAddress());
                SocketChannel there = server.accept();
                here.configureBlocking(false);
                there.configureBlocking(false);
                return new Connection(here, there);
            }
        }

        @Override
        public void close() throws IOException {
            here.close();
            there.close();
        }
    }

    // -- connecting

    @ParameterizedTest
    @EnumSource
    void nothingIsReadyBeforeAConnect(VsockProtocolFamily family) throws Exception {
        try (SocketChannel channel = nonBlocking(family)) {
            assertTold("", () -> ready(channel));
            assertTold("NotYetConnectedException", () -> read(channel));
            assertTold("NotYetConnectedException", () -> write(channel, "x"));
            assertTold("NotYetConnectedException", channel::shutdownOutput);
            assertTold("null", channel::getLocalAddress);
            channel.bind(VsockSocketAddress.of(CID_LOCAL, 0));
            assertTold("", () -> ready(channel));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNonBlockingConnectIsFinishedLater(VsockProtocolFamily family) throws Exception {
        try (ServerSocketChannel server = listen(family, 5); SocketChannel channel = nonBlocking(family)) {
            assertTold("", () -> ready(server));
            assertTold("false", () -> channel.connect(server.getLocalAddress()));
            assertTold("true", channel::isConnectionPending);
            assertTold("false", channel::isConnected);
            assertTold("NotYetConnectedException", () -> read(channel));
            assertTold("ConnectionPendingException", () -> channel.connect(server.getLocalAddress()));
            assertSoon("connect", () -> ready(channel));
            assertSoon("accept", () -> ready(server));
            assertTold("true", channel::finishConnect);
            assertTold("true", channel::isConnected);
            assertTold("write", () -> ready(channel));
            assertTold("nothing", () -> read(channel));
            assertTold("AlreadyConnectedException", () -> channel.connect(server.getLocalAddress()));
            try (SocketChannel accepted = server.accept()) {
                assertEquals(channel.getLocalAddress(), accepted.getRemoteAddress());
                assertEquals(server.getLocalAddress(), accepted.getLocalAddress());
                assertEquals(server.getLocalAddress(), channel.getRemoteAddress());
                assertEquals(CID_LOCAL, ((VsockSocketAddress) channel.getLocalAddress()).getCid());
            }
            assertTold("", () -> ready(server));
        }
    }

    /** A program waits only for the selector, so the selector must report the refusal. */
    @ParameterizedTest
    @EnumSource
    void aSelectorThatWaitsIsToldOfTheConnect(VsockProtocolFamily family) throws Exception {
        try (ServerSocketChannel server = listen(family, 5); SocketChannel channel = nonBlocking(family);
             Selector selector = Selector.open()) {
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            assertEquals(0, selector.selectNow());
            assertTold("false", () -> channel.connect(server.getLocalAddress()));
            assertEquals(1, selector.select(Machine.PATIENCE.toMillis()));
            assertTrue(key.isConnectable());
            assertTold("true", channel::finishConnect);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRefusedConnectIsFoundOutByFinishing(VsockProtocolFamily family) throws Exception {
        VsockSocketAddress nobody = nobody(family);
        try (SocketChannel channel = nonBlocking(family); SocketChannel blocking = SocketChannel.open(family)) {
            assertTold("false", () -> channel.connect(nobody));
            assertTold("true", channel::isConnectionPending);
            assertSoon("connect", () -> ready(channel));
            assertTold("ConnectException", channel::finishConnect);
            assertTold("false", channel::isOpen);
            assertTold("ConnectException", () -> blocking.connect(nobody));
            assertTold("false", blocking::isOpen);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPortThatIsOnlyBoundRefuses(VsockProtocolFamily family) throws Exception {
        try (SocketChannel bound = SocketChannel.open(family).bind(VsockSocketAddress.of(CID_LOCAL, 0));
             SocketChannel channel = SocketChannel.open(family)) {
            assertTold("ConnectException", () -> channel.connect(bound.getLocalAddress()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aListenerOfTheOtherTypeRefuses(VsockProtocolFamily family) throws Exception {
        try (ServerSocketChannel server = listen(other(family), 5);
             SocketChannel channel = SocketChannel.open(family)) {
            assertTold("ConnectException", () -> channel.connect(server.getLocalAddress()));
            assertTold("", () -> ready(server));
        }
    }

    private static VsockProtocolFamily other(VsockProtocolFamily family) {
        return family == VsockProtocolFamily.VSOCK ? VsockProtocolFamily.VSOCK_SEQPACKET : VsockProtocolFamily.VSOCK;
    }

    @ParameterizedTest
    @EnumSource
    void aSocketThatConnectsToItself(VsockProtocolFamily family) throws Exception {
        try (SocketChannel channel = SocketChannel.open(family).bind(VsockSocketAddress.of(CID_LOCAL, 0))) {
            // EPROTO
            assertTold(by("SocketException", "ConnectException"), () -> channel.connect(channel.getLocalAddress()));
        }
    }

    /** One more client than the backlog can wait for an accept. The next one is refused, and does not wait. */
    @ParameterizedTest
    @EnumSource
    void aFullBacklogRefuses(VsockProtocolFamily family) throws Exception {
        List<SocketChannel> channels = new ArrayList<>();
        try (ServerSocketChannel server = listen(family, 2)) {
            for (int i = 0; i < 5; i++) {
                SocketChannel channel = nonBlocking(family);
                channels.add(channel);
                assertTold("false", () -> channel.connect(server.getLocalAddress()));
                assertSoon("connect", () -> ready(channel));
                assertTold(i < 3 ? "true" : "ConnectException", channel::finishConnect);
            }
            server.accept().close();
            try (SocketChannel next = SocketChannel.open(family)) {
                assertTold("true", () -> next.connect(server.getLocalAddress()));
            }
        } finally {
            for (SocketChannel channel : channels)
                channel.close();
        }
    }

    // -- the end of a connection

    @ParameterizedTest
    @EnumSource
    void aListenerThatClosesEndsTheStreamsOfThoseThatWait(VsockProtocolFamily family) throws Exception {
        ServerSocketChannel server = listen(family, 5);
        try (SocketChannel silent = nonBlocking(family); SocketChannel eager = nonBlocking(family);
             SocketChannel pending = nonBlocking(family)) {
            for (SocketChannel channel : List.of(silent, eager, pending)) {
                channel.connect(server.getLocalAddress());
                assertSoon("connect", () -> ready(channel));
            }
            silent.finishConnect();
            eager.finishConnect();
            write(eager, "hello");
            server.close();
            assertTold("true", pending::finishConnect);
            for (SocketChannel channel : List.of(silent, eager, pending)) {
                assertSoon("read write", () -> ready(channel));
                assertTold("end", () -> read(channel));
                assertTold("IOException: Broken pipe", () -> write(channel, "x"));
                assertTold("end", () -> read(channel));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatClosesEndsTheStream(VsockProtocolFamily family) throws Exception {
        try (Connection connection = Connection.of(family)) {
            write(connection.there, "last words");
            connection.there.close();
            assertClosed(connection.here, "last words");
        }
    }

    /**
     * The peer has closed. Its bytes can be read, then the stream ends. Writes fail, without a read of those bytes.
     * Over the kernel a write still succeeds until a worker has delivered the close, and the channel is ready by then.
     */
    private static void assertClosed(SocketChannel here, String sent) {
        assertSoon("IOException: Broken pipe", () -> write(here, "x"));
        assertTold("read write", () -> ready(here));
        assertTold("IOException: Broken pipe", () -> write(here, "x"));
        if (sent != null)
            assertTold(sent, () -> read(here));
        assertTold("end", () -> read(here));
        assertTold("IOException: Broken pipe", () -> write(here, "x"));
        assertTold("end", () -> read(here));
        assertSoon("read write", () -> ready(here));
        assertTold("true", here::isConnected);
        assertTold("true", () -> here.shutdownOutput().isOpen());
    }

    /** The ways in which a peer with unread bytes ends. */
    private enum Going {
        SIMPLY {
            @Override
            void go(SocketChannel there) throws IOException {
                there.close();
            }
        },
        AFTER_SHUTTING_DOWN_INPUT {
            @Override
            void go(SocketChannel there) throws IOException {
                there.shutdownInput();
                there.close();
            }
        },
        AFTER_SHUTTING_DOWN_OUTPUT {
            @Override
            void go(SocketChannel there) throws IOException {
                there.shutdownOutput();
                there.close();
            }
        },
        WHILE_REGISTERED {
            @Override
            void go(SocketChannel there) throws IOException {
                try (Selector selector = Selector.open()) {
                    there.register(selector, SelectionKey.OP_READ);
                    there.close();
                }
            }
        },
        IN_BLOCKING_MODE {
            @Override
            void go(SocketChannel there) throws IOException {
                there.configureBlocking(true);
                there.close();
            }
        },
        AFTER_A_READ_OF_A_PART {
            @Override
            void go(SocketChannel there) throws IOException {
                assertSoon("read write", () -> ready(there));
                there.read(ByteBuffer.allocate(10));
                there.close();
            }
        };

        abstract void go(SocketChannel there) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatHasNotReadAllEndsTheStreamAsWell(Going going) throws Exception {
        for (VsockProtocolFamily family : VsockProtocolFamily.values()) {
            try (Connection connection = Connection.of(family)) {
                write(connection.here, "never read");
                write(connection.here, "nor this");
                write(connection.there, "last words");
                going.go(connection.there);
                assertClosed(connection.here, "last words");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFullBufferThatNobodyReadsIsNoReset(VsockProtocolFamily family) throws Exception {
        try (Connection connection = Connection.of(family)) {
            fill(connection.here, 65_536);
            connection.there.close();
            assertClosed(connection.here, null);
        }
    }

    /** A thread is in a write while the peer closes with unread bytes. */
    @ParameterizedTest
    @EnumSource
    void aBlockedWriterOfAPeerThatGoes(VsockProtocolFamily family) throws Exception {
        try (Connection connection = Connection.of(family)) {
            connection.here.configureBlocking(true);
            byte[] piece = new byte[60_000];
            try (Background<Integer> writer = Background.start(() -> {
                while (true)
                    connection.here.write(ByteBuffer.wrap(piece));
            })) {
                writer.awaitBlocked();
                connection.there.close();
                assertTold("java.io.IOException: Broken pipe",
                    () -> writer.failure().toString().replaceFirst(" \\(.*", ""));
            }
        }
    }

    /**
     * AF_UNIX resets a connection when a process is killed with unread bytes: no program is left to read them first.
     */
    @Test
    void aPeerThatIsKilledBeforeItHasReadAll() throws Exception {
        try (ServerSocketChannel server = listen(VsockProtocolFamily.VSOCK, 5)) {
            VsockSocketAddress where = (VsockSocketAddress) server.getLocalAddress();
            Process process = new ProcessBuilder(CProgram.of("launch"), Machine.peerTransport(),
                "0=connect:stream:" + where.getCid() + ":" + where.getVsockPort(), "--", "/bin/sleep", "1000")
                    .redirectErrorStream(true).start();
            try (SocketChannel here = server.accept()) {
                write(here, "never read");
                process.destroyForcibly().waitFor();
                here.configureBlocking(false);
                assertSoon("read write", () -> ready(here));
                assertTold(by("end", "SocketException: Connection reset"), () -> read(here));
                assertTold("IOException: Broken pipe", () -> write(here, "x"));
            } finally {
                process.destroyForcibly().waitFor();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSelectorSelectsNothingForTheCloseOfItsOwnChannel(VsockProtocolFamily family) throws Exception {
        try (ServerSocketChannel server = listen(family, 5); Connection connection = Connection.of(family)) {
            server.configureBlocking(false);
            for (SelectableChannel channel : List.of(server, connection.here))
                try (Selector selector = Selector.open()) {
                    channel.register(selector, channel.validOps() & ~SelectionKey.OP_WRITE & ~SelectionKey.OP_CONNECT);
                    try (Background<Integer> selection =
                        Background.start(() -> selector.select(Machine.PATIENCE.toMillis()))) {
                        selection.awaitBlocked();
                        channel.close();
                        selector.wakeup();
                        assertEquals(0, selection.result());
                    }
                    assertEquals(0, selector.keys().size());
                }
        }
    }

    // -- half closed

    @ParameterizedTest
    @EnumSource
    void anOutputThatIsShutDown(VsockProtocolFamily family) throws Exception {
        try (Connection connection = Connection.of(family)) {
            SocketChannel here = connection.here;
            SocketChannel there = connection.there;
            write(here, "last words");
            here.shutdownOutput();
            assertTold("ClosedChannelException", () -> write(here, "x"));
            assertSoon("read write", () -> ready(there));
            assertTold("last words", () -> read(there));
            assertTold("end", () -> read(there));
            assertSoon("read write", () -> ready(there));
            assertTold("nothing", () -> read(here));
            assertTold(by("", "write"), () -> ready(here));
            assertTold("6", () -> write(there, "answer"));
            assertSoon(by("read", "read write"), () -> ready(here));
            assertTold("answer", () -> read(here));
            there.shutdownOutput();
            assertSoon("read write", () -> ready(here)); // a hang-up: all requested operations
            assertTold("end", () -> read(here));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInputThatIsShutDown(VsockProtocolFamily family) throws Exception {
        try (Connection connection = Connection.of(family)) {
            SocketChannel here = connection.here;
            SocketChannel there = connection.there;
            write(there, "never read");
            assertSoon("read write", () -> ready(here));
            here.shutdownInput();
            assertTold("end", () -> read(here));
            assertSoon("read write", () -> ready(here));
            assertSoon("IOException: Broken pipe", () -> write(there, "x"));
            assertTold("write", () -> ready(there));
            assertTold("5", () -> write(here, "still"));
            assertSoon("read write", () -> ready(there));
            assertTold("still", () -> read(there));
            assertTold("nothing", () -> read(there));
        }
    }

    // -- writing

    @ParameterizedTest
    @EnumSource
    void nothingIsWritten(VsockProtocolFamily family) throws Exception {
        try (Connection connection = Connection.of(family)) {
            assertTold("0", () -> write(connection.here, ""));
            assertTold("write", () -> ready(connection.there));
            assertTold("nothing", () -> read(connection.there));
        }
    }

    private static int fill(SocketChannel channel, int piece) throws IOException {
        int total = 0;
        for (int n; (n = channel.write(ByteBuffer.allocate(piece))) > 0; )
            total += n;
        return total;
    }

    /**
     * On the kernel's transports the window is the receiver's. Over AF_UNIX it is the sender's buffer, minus the cost
     * of each piece.
     */
    @ParameterizedTest
    @EnumSource
    void aFullBuffer(VsockProtocolFamily family) throws Exception {
        try (Connection connection = Connection.of(family)) {
            int total = fill(connection.here, 1024); // a send of a record that fits in part would wait
            if (Machine.isEmulated())
                assertTrue(total >= 50_000 && total < BUFFER_SIZE, () -> "under way: " + total);
            else
                assertEquals(BUFFER_SIZE, total);
            assertTold("0", () -> connection.here.write(ByteBuffer.allocate(1000)));
            assertTold("read write", () -> ready(connection.there));
            ByteBuffer all = ByteBuffer.allocate(BUFFER_SIZE);
            Await.until(() -> all + " of " + total, () -> {
                connection.there.read(all);
                return all.position() == total;
            });
            assertSoon("write", () -> ready(connection.here));
            assertTold("1000", () -> connection.here.write(ByteBuffer.allocate(1000)));
        }
    }

    @Test
    void recordsAndTheRoomForThem() throws Exception {
        try (Connection connection = Connection.of(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            assertTold("SocketException", () -> connection.here.write(ByteBuffer.allocate(BUFFER_SIZE + 1)));
            assertTold("write", () -> ready(connection.there));
            assertTold("SocketException", () ->
                connection.here.write(new ByteBuffer[] { ByteBuffer.allocate(BUFFER_SIZE), ByteBuffer.allocate(1) }));
            write(connection.here, "a record");
            write(connection.here, "another");
            assertSoon("read write", () -> ready(connection.there));
            assertTold("SocketException", () -> connection.there.read(ByteBuffer.allocate(3))); // the rest is lost
            assertSoon("another", () -> read(connection.there));
            assertTold(Integer.toString(BUFFER_SIZE), () -> connection.here.write(ByteBuffer.allocate(BUFFER_SIZE)));
            ByteBuffer whole = ByteBuffer.allocate(BUFFER_SIZE);
            assertSoon("read write", () -> ready(connection.there));
            assertTold(Integer.toString(BUFFER_SIZE), () -> connection.there.read(whole));
        }
    }

    // -- ports

    @ParameterizedTest
    @EnumSource
    void aPortHasOneSocketAtAnyCidAndOfAnyType(VsockProtocolFamily family) throws Exception {
        VsockSocketAddress local;
        try (ServerSocketChannel server = listen(family, 5)) {
            local = (VsockSocketAddress) server.getLocalAddress();
            assertTaken(local);
            assertTaken(VsockSocketAddress.of(CID_ANY, local.getVsockPort()));
        }
        VsockSocketAddress any = VsockSocketAddress.of(CID_ANY, local.getVsockPort());
        try (ServerSocketChannel server = ServerSocketChannel.open(family).bind(any)) {
            assertEquals(any, server.getLocalAddress());
            assertTaken(any);
            assertTaken(local);
        }
        ServerSocketChannel.open(family).bind(local).close();
    }

    private static void assertTaken(VsockSocketAddress endpoint) throws IOException {
        for (VsockProtocolFamily family : VsockProtocolFamily.values())
            try (ServerSocketChannel second = ServerSocketChannel.open(family);
                 SocketChannel client = SocketChannel.open(family)) {
                assertTold("BindException", () -> second.bind(endpoint));
                assertTold("BindException", () -> client.bind(endpoint));
            }
    }

    @ParameterizedTest
    @EnumSource
    void aPortIsFreeAgainWhileItsConnectionsLive(VsockProtocolFamily family) throws Exception {
        try (ServerSocketChannel server = listen(family, 5); SocketChannel client = SocketChannel.open(family)) {
            client.connect(server.getLocalAddress());
            VsockSocketAddress where = (VsockSocketAddress) server.getLocalAddress();
            try (SocketChannel accepted = server.accept()) {
                server.close();
                ServerSocketChannel.open(family).bind(where).close();
                write(accepted, "alive");
                client.configureBlocking(false);
                assertSoon("read write", () -> ready(client));
                assertTold("alive", () -> read(client));
            }
        }
    }

    static final class BindingLowPorts {
        public static void main(String[] args) throws IOException {
            for (long port : new long[] { 1, 1023, 1024 })
                for (VsockProtocolFamily family : VsockProtocolFamily.values())
                    try (ServerSocketChannel server = ServerSocketChannel.open(family)
                        .bind(VsockSocketAddress.of(CID_LOCAL, port))) {
                        System.out.println(server.getLocalAddress());
                    } catch (BindException e) {
                        System.out.println(port + " " + e.getMessage().contains("privileged"));
                    }
        }
    }

    @Test
    void lowPortsAreForThoseWhoMay() throws Exception {
        ChildJvm program = ChildJvm.of(BindingLowPorts.class);
        boolean root = System.getProperty("user.name").equals("root");
        if (root)
            program.under("setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service");
        List<String> refused = List.of("1 true", "1 true", "1023 true", "1023 true", "vsock:local:1024",
            "vsock:local:1024");
        assertEquals(refused, program.run().succeeded().lines());
        if (root)
            assertEquals(List.of("vsock:local:1", "vsock:local:1", "vsock:local:1023", "vsock:local:1023",
                "vsock:local:1024", "vsock:local:1024"),
                ChildJvm.of(BindingLowPorts.class).run().succeeded().lines());
    }
}
