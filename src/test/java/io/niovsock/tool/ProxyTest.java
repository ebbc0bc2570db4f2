// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Connections through {@code proxy}. */
class ProxyTest {
    private static final String LISTENING = "listening at (\\S+), for ";
    private static final int MANY = 120;

    @TempDir
    private Path folder;

    /** A listener of this test, which is a target. */
    private Target target(String kind) throws IOException {
        return new Target(kind, folder.resolve("target.sock"));
    }

    private record Target(ServerSocketChannel channel, String endpoint) implements AutoCloseable {
        Target(String kind, Path path) throws IOException {
            this(open(kind, path), kind);
        }

        private Target(ServerSocketChannel channel, String endpoint) {
            this.channel = channel;
            this.endpoint = endpoint.equals("unix") ? "unix:" + localUnix(channel) : text(channel);
        }

        private static ServerSocketChannel open(String kind, Path path) throws IOException {
            return switch (kind) {
                case "tcp" -> ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                case "unix" -> ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                    .bind(UnixDomainSocketAddress.of(path));
                default -> ServerSocketChannel.open().bind(VsockSocketAddress.any(VsockSocketAddress.PORT_ANY));
            };
        }

        private static String localUnix(ServerSocketChannel channel) {
            try {
                return channel.getLocalAddress().toString();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private static String text(ServerSocketChannel channel) {
            try {
                SocketAddress local = channel.getLocalAddress();
                return local instanceof VsockSocketAddress vsock
                    ? VsockSocketAddress.local(vsock.getVsockPort()).toString()
                    : "tcp:127.0.0.1:" + ((InetSocketAddress) local).getPort();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    private String listen(String kind) {
        return switch (kind) {
            case "tcp" -> "tcp:0";
            case "unix" -> "unix:" + folder.resolve("listen.sock");
            default -> "vsock:any:any";
        };
    }

    private static SocketChannel connect(RunningTool proxy) throws IOException {
        return connect(proxy.awaitError(LISTENING).group(1));
    }

    private static SocketChannel connect(String endpoint) throws IOException {
        if (endpoint.startsWith("unix:"))
            return SocketChannel.open(UnixDomainSocketAddress.of(endpoint.substring("unix:".length())));
        if (endpoint.startsWith("tcp:"))
            return SocketChannel.open(new InetSocketAddress("127.0.0.1",
                Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1))));
        return SocketChannel.open(VsockSocketAddress.local(VsockSocketAddress.parse(endpoint).getVsockPort()));
    }

    @ParameterizedTest
    @CsvSource({ "tcp, unix", "vsock, tcp", "unix, vsock", "tcp, vsock", "vsock, vsock" })
    void bytesPassBothWaysAtOnceAndSoDoHalfCloses(String from, String to) throws Exception {
        byte[] up = Payload.random(1, 5_000_003);
        byte[] down = Payload.random(2, 4_000_001);
        try (Target target = target(to);
             RunningTool proxy = RunningTool.start("proxy", listen(from) + "=" + target.endpoint());
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            try (Background<Void> upwards = send(client, up); Background<Void> downwards = send(server, down);
                 Background<byte[]> received = Background.start(() -> Streams.readToEnd(server))) {
                assertArrayEquals(down, Streams.readToEnd(client));
                assertArrayEquals(up, received.result());
                upwards.result();
                downwards.result();
            }
        }
    }

    /** The proxy's system calls show the way that bytes take. Those that are counted go through the channel. */
    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void whatFillsBuffersMovesInTheKernelUnlessItIsCounted(boolean counted) throws Exception {
        if (!Files.isExecutable(Path.of("/usr/bin/strace")))
            throw Skip.because("no strace: apt-get install strace");
        byte[] large = Payload.random(1, 20_000_003);
        Path trace = folder.resolve("trace");
        try (Target target = target("unix");
             RunningTool proxy = RunningTool.start(ToolRun.jvm("proxy", "vsock:any:any=" + target.endpoint())
                 .property("io.niovsock.jmx", counted)
                 .under("strace", "-D", "-f", "-qq", "-e", "trace=splice", "-o", trace.toString()));
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            for (byte[] content : List.of("small".getBytes(), large)) {
                try (Background<Void> sender = Background.start(() -> {
                    Streams.write(client, content);
                    return null;
                })) {
                    assertArrayEquals(content, Streams.readExactly(server, content.length));
                    sender.result();
                }
                assertEquals(content == large && !counted, Files.readString(trace).contains("splice("));
            }
            client.shutdownOutput();
            assertEquals(0, Streams.readToEnd(server).length);
        }
    }

    @Test
    void peersThatMayNotConnectSeeTheEnd() throws Exception {
        try (Target target = target("unix")) {
            String rule = "vsock:any:any=" + target.endpoint();
            try (RunningTool proxy = RunningTool.start("proxy", "--from", "host,42-50", rule);
                 SocketChannel client = connect(proxy)) {
                Streams.assertEnd(client);
            }
            try (RunningTool proxy = RunningTool.start("proxy", "--from", "local", rule);
                 SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
                Streams.assertConnected(new Pair(client, server));
            }
        }
    }

    private static Background<Void> send(SocketChannel channel, byte[] bytes) {
        return Background.start(() -> {
            Streams.write(channel, bytes);
            channel.shutdownOutput();
            return null;
        });
    }

    @Test
    void anAnswerArrivesAfterTheHalfClose() throws Exception {
        try (Target target = target("unix");
             RunningTool proxy = RunningTool.start("proxy", "tcp:0=" + target.endpoint());
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            Streams.write(client, "question");
            client.shutdownOutput();
            assertEquals("question", new String(Streams.readToEnd(server)));
            Streams.write(server, "answer");
            server.close();
            assertEquals("answer", new String(Streams.readToEnd(client)));
        }
    }

    @Test
    void theAnswerOfATargetThatReadsNoMoreArrives() throws Exception {
        try (Target target = target("unix");
             RunningTool proxy = RunningTool.start("proxy", "tcp:0=" + target.endpoint());
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            server.shutdownInput();
            Streams.write(server, "too large");
            Streams.write(client, Payload.random(3, 1_000_000));
            server.close();
            assertEquals("too large", new String(Streams.readToEnd(client)));
        }
    }

    @Test
    void aResetIsPassedOnAndTouchesNoOtherConnection() throws Exception {
        try (Target target = target("tcp");
             RunningTool proxy = RunningTool.start("proxy", "tcp:0=" + target.endpoint());
             SocketChannel other = connect(proxy); SocketChannel otherServer = target.channel().accept();
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            Streams.write(client, "x");
            assertEquals("x", Streams.readText(server, 1));
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
            client.close();
            assertThrows(SocketException.class, () -> server.read(ByteBuffer.allocate(1)));
            Streams.write(other, "y");
            assertEquals("y", Streams.readText(otherServer, 1));
        }
    }

    /** The kernel tells TCP's reset once, and the write comes first. */
    @Test
    void aResetThatAWriteMeetsIsPassedOn() throws Exception {
        try (Target target = target("tcp");
             RunningTool proxy = RunningTool.start("proxy", "tcp:0=" + target.endpoint());
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            server.configureBlocking(false);
            ByteBuffer piece = ByteBuffer.allocateDirect(1 << 16);
            // until the proxy holds what it may
            for (long last = System.nanoTime(); System.nanoTime() - last < 500_000_000L;)
                if (server.write(piece.clear()) > 0)
                    last = System.nanoTime();
            server.configureBlocking(true);
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
            client.close();
            assertThrows(SocketException.class, () -> server.read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void anUnreachableTargetIsToldAndTheClientReset() throws Exception {
        try (Target target = target("tcp");
             RunningTool proxy = RunningTool.start("proxy", "tcp:0=" + target.endpoint())) {
            String endpoint = proxy.awaitError(LISTENING).group(1);
            target.close();
            try (SocketChannel client = connect(endpoint)) {
                assertThrows(SocketException.class, () -> client.read(ByteBuffer.allocate(1)));
            }
            proxy.awaitError("cannot connect to tcp:127.0.0.1:\\d+: Connection refused");
            assertTrue(proxy.isAlive());
        }
    }

    @Test
    void aReceiverThatDoesNotReadSlowsItsSenderOnly() throws Exception {
        try (Target target = target("vsock");
             RunningTool proxy = RunningTool.start("proxy", "--threads", "1", "unix:" + folder.resolve("s") + "="
                 + target.endpoint());
             SocketChannel slow = connect(proxy); SocketChannel slowServer = target.channel().accept();
             SocketChannel other = connect(proxy); SocketChannel otherServer = target.channel().accept()) {
            slow.configureBlocking(false);
            long sent = Streams.fill(slow);
            Streams.write(other, "y");
            assertEquals("y", Streams.readText(otherServer, 1));
            slow.shutdownOutput();
            assertEquals(sent, Streams.readToEnd(slowServer).length);
        }
    }

    @Test
    void connectionsBeyondTheLimitWaitAndLoseNothing() throws Exception {
        try (Target target = target("unix");
             RunningTool proxy = RunningTool.start("proxy", "--max-connections", "1", "tcp:0=" + target.endpoint());
             SocketChannel first = connect(proxy); SocketChannel firstServer = target.channel().accept();
             SocketChannel second = connect(proxy)) {
            Streams.write(second, "patience");
            second.shutdownOutput();
            proxy.awaitError("as many connections as may be");
            target.channel().configureBlocking(false);
            assertEquals(null, target.channel().accept());
            target.channel().configureBlocking(true);
            first.close();
            firstServer.close();
            try (SocketChannel secondServer = target.channel().accept()) {
                assertEquals("patience", new String(Streams.readToEnd(secondServer)));
            }
        }
    }

    @Test
    void withFewDescriptorsAllAreServedInTurn() throws Exception {
        try (Target target = target("unix"); Background<Integer> echo = Background.start(() -> echo(target, MANY));
             RunningTool proxy = RunningTool.start(ToolRun.jvm("proxy", "--max-connections", "10000", "tcp:0="
                 + target.endpoint()).under("bash", "-c", "ulimit -n 100; exec \"$@\"", "-"))) {
            proxy.awaitError("--max-connections 10000: the limit of descriptors, 100, is enough for \\d+; raise it");
            List<SocketChannel> clients = new ArrayList<>();
            try {
                for (int i = 0; i < MANY; i++) {
                    SocketChannel client = connect(proxy);
                    clients.add(client);
                    Streams.write(client, "number " + i);
                    client.shutdownOutput();
                }
                for (int i = 0; i < MANY; i++)
                    assertEquals("number " + i, new String(Streams.readToEnd(clients.get(i))));
                assertEquals(MANY, echo.result());
            } finally {
                for (SocketChannel client : clients)
                    client.close();
            }
        }
    }

    private static int echo(Target target, int connections) throws IOException {
        for (int i = 0; i < connections; i++)
            try (SocketChannel server = target.channel().accept()) {
                Streams.write(server, Streams.readToEnd(server));
            }
        return connections;
    }

    @Test
    void sigtermLetsConnectionsComeToTheirEnd() throws Exception {
        Path file = folder.resolve("listen.sock");
        try (Target target = target("tcp");
             RunningTool proxy = RunningTool.start("proxy", "--drain", "100", "unix:" + file + "=" + target.endpoint());
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            proxy.signal("TERM");
            proxy.awaitError("stopping: 1 connections");
            Await.until(() -> "the file is still there", () -> !Files.exists(file));
            Streams.write(client, "late");
            assertEquals("late", Streams.readText(server, 4));
            client.close();
            server.close();
            assertEquals(0, proxy.finish().status());
        }
    }

    @Test
    void afterTheDrainWhatWasNotDeliveredIsTold() throws Exception {
        try (Target target = target("unix");
             RunningTool proxy = RunningTool.start("proxy", "--drain", "0", "tcp:0=" + target.endpoint());
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            client.configureBlocking(false);
            Streams.fill(client);
            proxy.signal("TERM");
            ToolRun run = proxy.finish();
            assertEquals(1, run.status(), run::toString);
            assertTrue(run.err().get(run.err().size() - 1).matches(".*: \\d+ bytes were not delivered: .*"),
                run::toString);
            assertTrue(server.isOpen());
        }
    }

    @Test
    void aSocketThatAnotherProcessListensAtIsNotTaken() throws Exception {
        try (Target taken = target("unix")) {
            ToolRun run = ToolRun.of("proxy", taken.endpoint() + "=tcp:1");
            assertEquals("nio-vsock: cannot listen at " + taken.endpoint() + ": another process listens there",
                run.failure(1));
            connect(taken.endpoint()).close();
        }
    }

    @Test
    void aFileThatIsNoSocketIsNotTaken() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "content");
        ToolRun run = ToolRun.of("proxy", "unix:" + file + "=tcp:1");
        assertEquals("nio-vsock: cannot listen at unix:" + file + ": the file exists, and is no socket",
            run.failure(1));
        assertEquals("content", Files.readString(file));
    }

    @Test
    void aSocketThatIsLeftBehindIsReplacedAndItsModeSet() throws Exception {
        Path file = folder.resolve("left.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(file)).close();
        try (Target target = target("tcp"); RunningTool proxy = RunningTool.start("proxy", "--unix-mode", "640",
                "unix:" + file + "=" + target.endpoint()); SocketChannel client = connect(proxy)) {
            assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            assertTrue(client.isConnected());
            assertArrayEquals(new String[] { "left.sock" }, folder.toFile().list());
        }
    }

    @Test
    void theFileOfAnotherProcessStaysAtTheEnd() throws Exception {
        Path file = folder.resolve("listen.sock");
        try (RunningTool proxy = RunningTool.start("proxy", "unix:" + file + "=tcp:1")) {
            proxy.awaitError(LISTENING);
            Files.delete(file);
            try (ServerSocketChannel another = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                another.bind(UnixDomainSocketAddress.of(file));
                proxy.signal("TERM");
                assertEquals(0, proxy.finish().status());
                assertTrue(Files.exists(file));
            }
        }
    }

    @Test
    void tcpIsLoopbackUnlessToldOtherwise() throws Exception {
        try (RunningTool proxy = RunningTool.start("proxy", "tcp:0=tcp:1", "tcp:any:0=tcp:1")) {
            Matcher both = proxy.awaitError("listening at tcp:127.0.0.1:\\d+, [^\\n]*\\n.*listening at tcp:any:\\d+, ");
            assertFalse(both.group().contains("0.0.0.0"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = { false, true })
    void sigusr1PrintsTheCounters(boolean json) throws Exception {
        try (Target target = target("unix");
             RunningTool proxy = RunningTool.start("proxy", json ? "--json" : "--drain=1",
                 "tcp:0=" + target.endpoint());
             SocketChannel client = connect(proxy); SocketChannel server = target.channel().accept()) {
            Streams.write(client, "12345");
            Streams.readExactly(server, 5);
            Streams.write(server, "123");
            Streams.readExactly(client, 3);
            proxy.signal("USR1");
            proxy.awaitOutput(json
                ? "\\{\"rule\":\"tcp:127.0.0.1:0=unix:.*\",\"accepted\":1,\"open\":1,\"unreachable\":0,\"broken\":0,"
                    + "\"bytesToTarget\":5,\"bytesBack\":3\\}"
                : "tcp:127.0.0.1:0=unix:.*: 1 accepted, 1 open, 0 unreachable, 0 broken, 5 bytes to the target, "
                    + "3 bytes back");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "proxy|Missing required parameter: 'RULE'",
        "proxy tcp:1|'tcp:1' is no rule: expected LISTEN=TARGET",
        "proxy tcp:x=tcp:1|the port 'x' is no number from 0 to 65535",
        "proxy tcp:1=tcp:65536|the port '65536' is no number from 0 to 65535",
        "proxy tcp:::1:5=tcp:1|an IPv6 address is written in brackets: tcp:[::1]:8080",
        "proxy unix:=tcp:1|'unix:' is no endpoint: the path is missing",
        "proxy vsock:x:1=tcp:1|'vsock:x:1' is no endpoint: expected vsock:CID:PORT",
        "proxy tcp:1=tcp:2 --max-connections 0|--max-connections 0: expected 1 or more",
        "proxy tcp:1=tcp:2 --drain -1|--drain -1: expected seconds",
        "proxy tcp:1=tcp:2 --stats 0|--stats: expected 0.001 seconds or more",
        "proxy tcp:1=tcp:2 --threads 0|--threads 0: expected 1 to 64",
        "proxy tcp:1=tcp:2 --unix-mode 999|'999' is no mode",
        "proxy vsock:any:1=tcp:2 --from host,x|item 2 'x': expected any, local, host",
        "proxy vsock:any:1=tcp:2 tcp:3=tcp:4 --from host|--from: only vsock has CIDs, so a rule cannot listen at tcp:",
    })
    void wrongArgumentsAreNamed(String args, String message) throws Exception {
        ToolRun run = ToolRun.of(args.split(" "));
        assertEquals(2, run.status(), run::toString);
        assertTrue(run.err().get(0).contains(message), run::toString);
        assertEquals("Try: nio-vsock proxy --help", run.err().get(1));
    }
}
