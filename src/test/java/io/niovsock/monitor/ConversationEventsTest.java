// SPDX-License-Identifier: Apache-2.0
package io.niovsock.monitor;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What Flight Recorder is told of connections and datagrams that go well. */
class ConversationEventsTest {
    private static final int FILE_SIZE = 300_000;

    private static List<String> lines;

    static final class Program {
        public static void main(String[] args) throws Exception {
            RecordedEvents.print(() -> {
                for (Way way : Way.values())
                    way.converse(way.endpoint());
                sendDatagrams();
                transfer(7100);
                closeWhileRegistered(7101);
                bindTheClient(7102);
                closeWithoutUse();
            });
        }

        private static void sendDatagrams() throws IOException {
            try (DatagramChannel from = DatagramChannel.open(VsockProtocolFamily.VSOCK).bind(local(7200));
                 DatagramChannel to = DatagramChannel.open().bind(local(7201))) {
                from.send(ByteBuffer.allocate(5), local(7201));
                to.receive(ByteBuffer.allocate(10));
                to.connect(local(7200));
                to.write(new ByteBuffer[] { ByteBuffer.allocate(1), ByteBuffer.allocate(2) });
                from.receive(ByteBuffer.allocate(10));
            }
        }

        /** From a file to a file, with a gathering write before it and a scattering read behind it. */
        private static void transfer(int port) throws Exception {
            Path file = Files.write(Files.createTempFile("transfer", ".bin"), new byte[FILE_SIZE]);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(local(port));
                 SocketChannel client = SocketChannel.open(local(port)); SocketChannel peer = server.accept();
                 FileChannel in = FileChannel.open(file);
                 FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE);
                 Background<Void> receiving = Background.start(() -> {
                     for (ByteBuffer head = ByteBuffer.allocate(3); head.hasRemaining();)
                         peer.read(new ByteBuffer[] { head });
                     for (long n = 0; n < FILE_SIZE;)
                         n += out.transferFrom(peer, n, FILE_SIZE - n);
                     return null;
                 })) {
                client.write(new ByteBuffer[] { ByteBuffer.allocate(1), ByteBuffer.allocateDirect(2) });
                for (long n = 0; n < FILE_SIZE;)
                    n += in.transferTo(n, FILE_SIZE - n, client);
                receiving.result();
            } finally {
                Files.delete(file);
            }
        }

        private static void closeWhileRegistered(int port) throws IOException {
            try (Selector selector = Selector.open();
                 ServerSocketChannel server = ServerSocketChannel.open().bind(local(port));
                 SocketChannel client = SocketChannel.open(local(port)); SocketChannel peer = server.accept()) {
                client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                client.write(ByteBuffer.allocate(7));
                client.close();
                client.close();
            }
        }

        private static void bindTheClient(int port) throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(local(port));
                 SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK).bind(local(port + 100))) {
                client.connect(local(port));
                server.accept().close();
            }
        }

        private static void closeWithoutUse() throws IOException {
            SocketChannel.open(VsockProtocolFamily.VSOCK).close();
            ServerSocketChannel.open(VsockProtocolFamily.VSOCK).close();
        }
    }

    private static SocketAddress local(int port) {
        return VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, port);
    }

    @BeforeAll
    static void record() throws Exception {
        lines = ChildJvm.of(Program.class)
            .property("io.niovsock.emulated.namespace", "ConversationEvents" + ProcessHandle.current().pid())
            .run().succeeded().lines();
    }

    /** The only line with all these words. */
    private static String only(String... words) {
        List<String> found = lines.stream().filter(line -> List.of(line.split(" ")).containsAll(List.of(words)))
            .toList();
        assertEquals(1, found.size(), () -> List.of(words) + " is in " + found + " of\n" + String.join("\n", lines));
        return found.get(0);
    }

    private static String field(String line, String name) {
        return line.replaceFirst(".* " + name + "=(.*?)( \\w+=.*|$)", "$1");
    }

    @ParameterizedTest
    @EnumSource
    void aConnectAnAcceptAndThreeClosesAreTold(Way way) {
        String endpoint = way.endpoint().toString();
        String connect = only("Connect", "remote=" + endpoint);
        assertTrue(connect.contains(" remoteCid=1 remotePort=" + way.endpoint().getVsockPort()
            + " transport=" + Machine.transport() + " connected=true error=null "), connect);
        assertFalse(connect.contains("local=null"), connect);
        assertTrue(Long.parseLong(field(connect, "micros")) > 0, connect);

        String accept = only("Accept", "listener=" + endpoint);
        assertTrue(accept.contains(" remoteCid=1 "), accept);
        assertEquals(field(connect, "local"), field(accept, "remote"));
        assertEquals("null", field(accept, "by"), accept);

        assertClosed(only("Close", "kind=" + way.kind(), "remote=" + endpoint), Way.ANSWERED, Way.SENT);
        assertClosed(only("Close", "kind=" + way.kind(), "local=" + endpoint), Way.SENT, Way.ANSWERED);
        String listener = only("Close", "kind=listener", "local=" + endpoint);
        assertClosed(listener, 0, 0);
        assertTrue(listener.contains(" remote=null remoteCid=-1 remotePort=-1 "), listener);
    }

    private static void assertClosed(String line, int bytesRead, int bytesWritten) {
        assertTrue(line.contains(" bytesRead=" + bytesRead + " bytesWritten=" + bytesWritten + " "), line);
        assertTrue(Long.parseLong(field(line, "lifetime")) > 0, line);
        assertTrue(field(line, "by").startsWith("io.niovsock.monitor."), line);
    }

    @Test
    void datagramChannelsTellTheirBytes() {
        assertClosed(only("Close", "kind=datagrams", "local=vsock:local:7200", "remote=null"), 3, 5);
        assertClosed(only("Close", "kind=datagrams", "local=vsock:local:7201", "remote=vsock:local:7200"), 5, 3);
    }

    @Test
    void filesAndSeveralBuffersCount() {
        assertClosed(only("Close", "remote=vsock:local:7100"), 0, FILE_SIZE + 3);
        assertClosed(only("Close", "local=vsock:local:7100", "kind=stream"), FILE_SIZE + 3, 0);
    }

    @Test
    void aCloseIsToldOnceEvenIfASelectorStillKnowsTheChannel() {
        assertClosed(only("Close", "remote=vsock:local:7101"), 0, 7);
    }

    @Test
    void aBoundClientTellsItsEndpoint() {
        only("Connect", "local=vsock:local:7202", "remote=vsock:local:7102", "connected=true");
        only("Accept", "listener=vsock:local:7102", "remote=vsock:local:7202");
    }

    @Test
    void nothingElseIsTold() {
        int connections = Way.values().length + 3;
        assertEquals(connections, lines.stream().filter(line -> line.startsWith("Connect ")).count());
        assertEquals(connections, lines.stream().filter(line -> line.startsWith("Accept ")).count());
        assertEquals(3 * connections + 2, lines.stream().filter(line -> line.startsWith("Close ")).count());
        assertEquals(0, lines.stream().filter(line -> line.startsWith("Reset ")).count());
    }
}
