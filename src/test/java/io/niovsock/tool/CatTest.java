// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Standard streams and a peer, joined by {@code cat}. */
class CatTest {
    private static final String LISTENING = "listening at vsock:any:(\\d+)";

    @TempDir
    private Path folder;

    private static ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open().bind(VsockSocketAddress.any(VsockSocketAddress.PORT_ANY));
    }

    private static String endpoint(ServerSocketChannel listener) throws IOException {
        return local(((VsockSocketAddress) listener.getLocalAddress()).getVsockPort()).toString();
    }

    private static VsockSocketAddress local(long port) {
        return VsockSocketAddress.local(port);
    }

    private static VsockSocketAddress listener(RunningTool cat) {
        return local(Long.parseLong(cat.awaitError(LISTENING).group(1)));
    }

    private static Background<Void> feed(RunningTool cat, byte[] bytes) {
        return Background.start(() -> {
            try (var input = cat.input()) {
                input.write(bytes);
            }
            return null;
        });
    }

    @Test
    void muchPassesBothWaysAtOnceBetweenTwoOfThem() throws Exception {
        byte[] up = Payload.random(5, 9_000_001);
        byte[] down = Payload.random(6, 8_000_003);
        try (RunningTool server = RunningTool.start("cat", "-v", "-l", "vsock:any:any");
             RunningTool client = RunningTool.start("cat", listener(server).toString());
             Background<Void> upwards = feed(client, up); Background<Void> downwards = feed(server, down)) {
            assertArrayEquals(down, client.bytes());
            assertArrayEquals(up, server.bytes());
            assertEquals(0, client.finish().status());
            assertEquals(0, server.finish().status());
            upwards.result();
            downwards.result();
        }
    }

    @Test
    void thePeerSeesTheEndAndItsAnswerIsPrinted() throws Exception {
        try (ServerSocketChannel listener = listen();
             RunningTool cat = RunningTool.start("cat", endpoint(listener));
             SocketChannel peer = listener.accept()) {
            feed(cat, "question".getBytes()).result();
            assertEquals("question", new String(Streams.readToEnd(peer)));
            Streams.write(peer, "answer");
            peer.close();
            assertEquals("answer", new String(cat.bytes()));
            assertEquals(0, cat.finish().status());
        }
    }

    @Test
    void withoutTheHalfCloseThePeerEndsIt() throws Exception {
        try (ServerSocketChannel listener = listen();
             RunningTool cat = RunningTool.start("cat", "--no-half-close", endpoint(listener));
             SocketChannel peer = listener.accept()) {
            feed(cat, "question".getBytes()).result();
            assertEquals("question", Streams.readText(peer, 8));
            peer.configureBlocking(false);
            Streams.write(peer, "answer");
            assertEquals("answer", new String(awaitOutput(cat, "answer")));
            assertEquals(0, peer.read(ByteBuffer.allocate(1))); // no end
            peer.close();
            assertEquals(0, cat.finish().status());
        }
    }

    private static byte[] awaitOutput(RunningTool cat, String text) {
        return cat.awaitOutput(text).group().getBytes();
    }

    @Test
    void inputIsSentAfterThePeerHasEnded() throws Exception {
        byte[] bytes = Payload.random(7, 3_000_000);
        try (ServerSocketChannel listener = listen();
             RunningTool cat = RunningTool.start("cat", endpoint(listener));
             SocketChannel peer = listener.accept()) {
            peer.shutdownOutput();
            try (Background<Void> input = feed(cat, bytes)) {
                assertArrayEquals(bytes, Streams.readToEnd(peer));
                input.result();
            }
            assertEquals(0, cat.finish().status());
        }
    }

    @Test
    void inputThatCannotBeSentIsAnError() throws Exception {
        try (ServerSocketChannel listener = listen();
             RunningTool cat = RunningTool.start("cat", endpoint(listener))) {
            listener.accept().close();
            cat.input().write(new byte[100_000]);
            cat.input().flush();
            assertEquals("nio-vsock: not all of the standard input was sent: Broken pipe", cat.finish().failure(1));
        }
    }

    @Test
    void keepListeningTakesOnePeerAfterTheOther() throws Exception {
        try (RunningTool cat = RunningTool.start("cat", "-v", "-k", "vsock:any:any")) {
            cat.input().close();
            VsockSocketAddress where = listener(cat);
            for (String text : List.of("first\n", "second\n"))
                try (SocketChannel peer = SocketChannel.open(where)) {
                    Streams.write(peer, text);
                    peer.shutdownOutput();
                    Streams.assertEnd(peer);
                }
            cat.awaitOutput("first\nsecond\n");
            assertTrue(cat.isAlive());
        }
    }

    @Test
    void aPeerThatMayNotConnectIsNotServed() throws Exception {
        try (RunningTool cat = RunningTool.start("cat", "-v", "-l", "--from", "host,42", "vsock:any:any");
             SocketChannel refused = SocketChannel.open(listener(cat))) {
            Streams.assertEnd(refused);
            assertTrue(cat.isAlive());
        }
        try (RunningTool cat = RunningTool.start("cat", "-v", "-l", "--from", "local", "vsock:any:any")) {
            cat.input().close();
            try (SocketChannel peer = SocketChannel.open(listener(cat))) {
                Streams.write(peer, "x");
            }
            assertEquals(List.of("x"), cat.finish().out());
        }
    }

    @Test
    void recordsStayWhole() throws Exception {
        try (RunningTool server = RunningTool.start("cat", "-v", "-l", "--records", "--lines", "vsock:any:any");
             SocketChannel peer = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            peer.connect(listener(server));
            feed(server, "one\ntwo two\n\nlast".getBytes()).result();
            for (String record : List.of("one\n", "two two\n", "\n", "last")) {
                ByteBuffer buffer = ByteBuffer.allocate(1000);
                peer.read(buffer);
                assertEquals(record, new String(buffer.array(), 0, buffer.position()));
            }
            Streams.write(peer, "answer");
            peer.close();
            assertEquals("answer", new String(server.bytes()));
        }
    }

    @Test
    void datagramsAreAnsweredToTheirSender() throws Exception {
        try (RunningTool server = RunningTool.start("cat", "-v", "-l", "-w", "3", "--datagrams", "--lines",
                "vsock:any:any");
             DatagramChannel peer = DatagramChannel.open()) {
            peer.bind(VsockSocketAddress.any(VsockSocketAddress.PORT_ANY));
            peer.send(ByteBuffer.wrap("hello\n".getBytes()), listener(server));
            feed(server, "one\ntwo\n".getBytes()).result();
            for (String text : List.of("one\n", "two\n")) {
                ByteBuffer buffer = ByteBuffer.allocate(100);
                peer.receive(buffer);
                assertEquals(text, new String(buffer.array(), 0, buffer.position()));
            }
            assertEquals(List.of("hello"), server.finish().out());
            assertEquals(0, server.finish().status());
        }
    }

    @Test
    void aFullDiskIsAnError() throws Exception {
        try (ServerSocketChannel listener = listen();
             RunningTool cat = RunningTool.start(ToolRun.jvm("cat", endpoint(listener))
                 .under("bash", "-c", "exec \"$@\" >/dev/full", "-"));
             SocketChannel peer = listener.accept()) {
            Streams.write(peer, "no room for this");
            assertEquals("nio-vsock: cannot write to the standard output: No space left on device",
                cat.finish().failure(1));
        }
    }

    @Test
    void aReaderThatLeavesEndsItQuietly() throws Exception {
        try (ServerSocketChannel listener = listen();
             RunningTool cat = RunningTool.start(ToolRun.jvm("cat", endpoint(listener))
                 .under("bash", "-c", "exec 3> >(exec 0<&-); wait $!; exec \"$@\" >&3", "-"));
             SocketChannel peer = listener.accept()) {
            Streams.write(peer, "no reader for this");
            ToolRun run = cat.finish();
            assertEquals(128 + 13, run.status(), run::toString);
            assertEquals(List.of(), run.err());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "-l vsock:any:any|no peer came to vsock:any:any within 0.2 s",
        "-w0.2 PEER|PEER: no byte within 0.2 s",
    })
    void theTimeoutIsAnError(String args, String message) throws Exception {
        try (ServerSocketChannel listener = listen();
             RunningTool cat = RunningTool.start(("cat -w 0.2 " + args).replace("-w 0.2 -w0.2", "-w 0.2")
                 .replace("PEER", endpoint(listener)).split(" "))) {
            assertEquals("nio-vsock: " + message.replace("PEER", endpoint(listener)), cat.finish().failure(1));
        }
    }

    @Test
    void nobodyListensIsAnError() throws Exception {
        String nobody;
        try (ServerSocketChannel listener = listen()) {
            nobody = endpoint(listener);
        }
        String message = ToolRun.of("cat", nobody).failure(1);
        assertTrue(message.startsWith("nio-vsock: cannot connect to " + nobody + ": Connection refused"), message);
    }

    /** A peer in C: it reads to the end, and then sends the number of bytes. */
    @Test
    void aPeerInCGetsAllBytes() throws Exception {
        byte[] bytes = Payload.random(8, 2_000_003);
        Process peer = new ProcessBuilder(CProgram.of("tcp_count")).redirectErrorStream(true).start();
        String port = peer.inputReader().readLine();
        try (RunningTool cat = RunningTool.start("cat", "tcp:" + port); Background<Void> input = feed(cat, bytes)) {
            assertEquals(bytes.length + "\n", new String(cat.bytes()));
            input.result();
        }
        ChildJvm.finish(peer).succeeded();
    }

    @Test
    void theFileOfAUnixSocketIsDeletedAtTheEnd() throws Exception {
        Path file = folder.resolve("s");
        try (RunningTool cat = RunningTool.start("cat", "-v", "-l", "unix:" + file)) {
            cat.awaitError("listening at unix:");
            assertTrue(Files.exists(file));
            cat.signal("TERM");
            ToolRun run = cat.finish();
            assertEquals(128 + 15, run.status(), run::toString);
            assertFalse(Files.exists(file));
            assertEquals(1, run.err().size(), run::toString);
        }
    }

    @Test
    void aTcpListenerIsLoopback() throws Exception {
        try (RunningTool cat = RunningTool.start("cat", "-v", "-l", "tcp:0")) {
            int port = Integer.parseInt(cat.awaitError("listening at tcp:127.0.0.1:(\\d+)").group(1));
            cat.input().close();
            try (SocketChannel peer = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
                Streams.write(peer, "x");
            }
            assertEquals(List.of("x"), cat.finish().out());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "cat|Missing required parameter: 'ENDPOINT'",
        "cat nonsense|'nonsense' is no endpoint: expected vsock:CID:PORT",
        "cat vsock:1:5 vsock:1:6|Unmatched argument",
        "cat --records tcp:1|only vsock has --records and --datagrams, not tcp:127.0.0.1:1",
        "cat --records --datagrams vsock:1:5|--records and --datagrams exclude each other",
        "cat --datagrams -k vsock:1:5|--datagrams have no connection to keep listening after",
        "cat -w 0 vsock:1:5|--timeout: expected more than 0 seconds",
        "cat --size 0 vsock:1:5|--size 0: expected 1 to 1048576",
        "cat --from host vsock:1:5|--from: only a vsock listener of streams or records accepts by CID",
        "cat -l --from host tcp:1|--from: only a vsock listener of streams or records accepts by CID",
        "cat -l --from 9-8 vsock:1:5|item 1 '9-8': the first CID is beyond the last",
        "cat --datagrams --size 70000 vsock:1:5|--size 70000: expected 1 to 69608",
    })
    void wrongArgumentsAreNamed(String args, String message) throws Exception {
        ToolRun run = ToolRun.of(args.split(" "));
        assertEquals(2, run.status(), run::toString);
        assertTrue(run.err().get(0).contains(message), run::toString);
    }
}
