// SPDX-License-Identifier: Apache-2.0
package io.niovsock.monitor;

import io.niovsock.Vsock;
import io.niovsock.VsockGuest;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What Flight Recorder is told of connects that fail, in each phase of them, and of connections that are reset. */
class FailureEventsTest {
    private static final long GUEST = 1000;
    private static final int REFUSING = 5001;
    private static final int OTHER = 5002; // answers as no monitor does
    private static final int TAKING = 5003;
    private static final int SILENT = 6000; // from here on

    private static List<String> lines;

    @TempDir
    private static Path folder;

    private static VsockSocketAddress local(int port) {
        return VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, port);
    }

    private static VsockSocketAddress guest(int port) {
        return VsockSocketAddress.of(GUEST, port);
    }

    /** A monitor that answers by the port: it refuses, talks nonsense, connects, or says nothing. */
    private static final class Monitor implements AutoCloseable {
        private final ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        private final LinkedBlockingQueue<SocketChannel> taken = new LinkedBlockingQueue<>();
        private final List<SocketChannel> silent = new ArrayList<>();
        private final Background<Void> serving;

        Monitor(Path socket) throws IOException {
            listener.bind(UnixDomainSocketAddress.of(socket));
            serving = Background.start(this::serve);
        }

        private Void serve() throws IOException {
            while (true) {
                SocketChannel host = listener.accept();
                switch (portOf(host)) {
                    case REFUSING -> host.close();
                    case OTHER -> host.write(ByteBuffer.wrap("220 ready\n".getBytes(StandardCharsets.UTF_8)));
                    case TAKING -> {
                        host.write(ByteBuffer.wrap("OK 1\n".getBytes(StandardCharsets.UTF_8)));
                        taken.add(host);
                    }
                    default -> silent.add(host);
                }
            }
        }

        /** Reads {@code CONNECT PORT}. */
        private static int portOf(SocketChannel host) throws IOException {
            StringBuilder line = new StringBuilder();
            for (ByteBuffer next = ByteBuffer.allocate(1); host.read(next.clear()) > 0 && next.get(0) != '\n';)
                line.append((char) next.get(0));
            return Integer.parseInt(line.substring("CONNECT ".length()));
        }

        @Override
        public void close() throws IOException {
            listener.close();
            serving.failure();
            for (SocketChannel host : silent)
                host.close();
        }
    }

    static final class Program {
        public static void main(String[] args) throws Exception {
            Path socket = Path.of(args[0]);
            try (Monitor monitor = new Monitor(socket); VsockGuest attached = Vsock.attach(GUEST, socket)) {
                RecordedEvents.print(() -> {
                    blocking(local(7001));
                    selected(local(7002));
                    new SocketConnect(local(7003), 0).fail();
                    asynchronous(local(7004));
                    timed(guest(SILENT));
                    closedWhileBlocked(guest(SILENT + 1));
                    interrupted(guest(SILENT + 2));
                    closedWhilePending(guest(SILENT + 3));
                    asynchronouslyClosed(guest(SILENT + 4));
                    blocking(guest(REFUSING));
                    selected(guest(OTHER));
                    records(guest(SILENT + 5));
                    notConnects();
                    goneWhileReading(monitor, guest(TAKING));
                    goneWhileWriting(local(7005));
                    acceptFromGuest(socket, 7006);
                });
            }
        }

        private static void fails(Callable<?> call) {
            assertThrows(IOException.class, call::call);
        }

        private static void blocking(VsockSocketAddress endpoint) {
            fails(() -> SocketChannel.open(endpoint));
        }

        private static void selected(VsockSocketAddress endpoint) throws IOException {
            try (Selector selector = Selector.open(); SocketChannel channel = SocketChannel.open()) {
                channel.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
                channel.connect(endpoint);
                fails(() -> {
                    while (!channel.finishConnect()) {
                        selector.select();
                        selector.selectedKeys().clear();
                    }
                    return null;
                });
                fails(channel::finishConnect);
            }
        }

        private record SocketConnect(VsockSocketAddress endpoint, int millis) {
            void fail() throws IOException {
                try (Socket socket = VsockSocketFactory.getDefault().createSocket()) {
                    fails(() -> {
                        socket.connect(endpoint, millis);
                        return null;
                    });
                }
            }
        }

        private static void timed(VsockSocketAddress endpoint) throws IOException {
            new SocketConnect(endpoint, 50).fail();
        }

        private static void asynchronous(VsockSocketAddress endpoint) throws Exception {
            try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
                assertThrows(Exception.class, channel.connect(endpoint)::get);
            }
        }

        private static void asynchronouslyClosed(VsockSocketAddress endpoint) throws Exception {
            AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
            Future<Void> connect = channel.connect(endpoint);
            channel.close();
            assertThrows(Exception.class, connect::get);
        }

        private static void closedWhileBlocked(VsockSocketAddress endpoint) throws IOException {
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK);
                 Background<Boolean> connect = Background.start(() -> channel.connect(endpoint))) {
                connect.awaitBlocked();
                channel.close();
                connect.failure();
            }
        }

        private static void interrupted(VsockSocketAddress endpoint) throws IOException {
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK);
                 Background<Boolean> connect = Background.start(() -> channel.connect(endpoint))) {
                connect.awaitBlocked();
                connect.interrupt();
                connect.failure();
            }
        }

        private static void closedWhilePending(VsockSocketAddress endpoint) throws IOException {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(endpoint);
            channel.close();
            fails(channel::finishConnect);
        }

        private static void records(VsockSocketAddress endpoint) throws IOException {
            try (SocketChannel channel = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
                fails(() -> channel.connect(endpoint));
            }
        }

        /** These fail before there is a connect, or for another reason. */
        private static void notConnects() throws IOException {
            SocketChannel closed = SocketChannel.open(VsockProtocolFamily.VSOCK);
            closed.close();
            fails(() -> closed.connect(local(7999)));
            fails(closed::finishConnect);
        }

        /** AF_UNIX resets a connection whose bytes its peer does not read. */
        private static void goneWhileReading(Monitor monitor, VsockSocketAddress endpoint) throws Exception {
            try (SocketChannel client = SocketChannel.open(endpoint)) {
                client.write(ByteBuffer.allocate(1));
                monitor.taken.take().close();
                fails(() -> client.read(ByteBuffer.allocate(1)));
                fails(() -> client.read(ByteBuffer.allocate(1)));
                fails(() -> client.write(ByteBuffer.allocate(1)));
            }
        }

        private static void goneWhileWriting(VsockSocketAddress endpoint) throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(endpoint);
                 SocketChannel client = SocketChannel.open(endpoint)) {
                server.accept().close();
                fails(() -> client.write(ByteBuffer.allocate(1)));
                fails(() -> client.write(new ByteBuffer[] { ByteBuffer.allocate(1) }));
            }
        }

        private static void acceptFromGuest(Path socket, int port) throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(VsockSocketAddress.any(port));
                 SocketChannel fromGuest = SocketChannel.open(UnixDomainSocketAddress.of(socket + "_" + port))) {
                server.accept().close();
            }
        }
    }

    @BeforeAll
    static void record() throws Exception {
        lines = ChildJvm.of(Program.class)
            .property("io.niovsock.emulated.namespace", "FailureEvents" + ProcessHandle.current().pid())
            .arguments(folder.resolve("guest.vsock")).run().succeeded().lines();
    }

    private static List<String> linesWith(String... words) {
        return lines.stream().filter(line -> List.of(line.split(" ")).containsAll(List.of(words))).toList();
    }

    private static String only(String... words) {
        List<String> found = linesWith(words);
        assertEquals(1, found.size(), () -> List.of(words) + " is in " + found + " of\n" + String.join("\n", lines));
        return found.get(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        vsock:local:7001 | emulated | Connection refused: connect to vsock:local:7001
        vsock:local:7002 | emulated | Connection refused: connect to vsock:local:7002
        vsock:local:7003 | emulated | Connection refused: connect to vsock:local:7003
        vsock:local:7004 | emulated | Connection refused: connect to vsock:local:7004
        vsock:1000:6000  | hybrid   | connect to vsock:1000:6000: no answer within 50 ms
        vsock:1000:6001  | hybrid   | the channel was closed before it was connected
        vsock:1000:6002  | hybrid   | the channel was closed before it was connected
        vsock:1000:6003  | hybrid   | the channel was closed before it was connected
        vsock:1000:6004  | hybrid   | the channel was closed before it was connected
        vsock:1000:5001  | hybrid   | Connection refused: connect to vsock:1000:5001
        vsock:1000:5002  | hybrid   | connect to vsock:1000:5002:
        vsock:1000:6005  | emulated | connect to vsock:1000:6005: no transport to that CID carries records
        """)
    void aFailedConnectIsToldOnce(String endpoint, String transport, String error) {
        String line = only("Connect", "remote=" + endpoint);
        assertTrue(line.contains(" transport=" + transport + " connected=false error=" + error), line);
        assertEquals(List.of(), linesWith("Close", "remote=" + endpoint), "closes of what was never connected");
    }

    @Test
    void nothingElseIsToldOfConnects() {
        assertEquals(12, linesWith("Connect", "connected=false").size(), lines::toString);
        assertEquals(2, linesWith("Connect", "connected=true").size(), lines::toString);
    }

    @Test
    void aResetIsToldOnceByTheOperationThatMeetsIt() {
        String read = only("Reset", "remote=vsock:1000:5003");
        assertTrue(read.startsWith("Reset operation=read local=vsock:host:any "), read);
        assertTrue(read.contains(" remoteCid=1000 remotePort=5003 error=Connection reset "), read);
        String write = only("Reset", "remote=vsock:local:7005");
        assertTrue(write.startsWith("Reset operation=write local=vsock:"), write);
        assertTrue(write.contains(" error=Broken pipe "), write);
        assertEquals(2, linesWith("Reset").size(), lines::toString);
    }

    @Test
    void aConnectionFromAnAttachedGuestIsTold() {
        only("Accept", "listener=vsock:any:7006", "remoteCid=1000", "transport=hybrid");
    }
}
