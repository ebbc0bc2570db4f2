// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A peer that uses only the kernel's interface, so that an error that both sides of the library share cannot hide. */
class PythonPeerTest {
    @TempDir
    private static Path folder;
    private static Path script;
    private static String python;

    @BeforeAll
    static void unpackThePeer() throws Exception {
        script = folder.resolve("peer.py");
        try (InputStream source = PythonPeerTest.class.getResourceAsStream("peer.py")) {
            Files.copy(source, script);
        }
        python = findPython();
    }

    /** Prefers the system's Python: only one that was built on Linux with vsock's header supports vsock. */
    private static String findPython() throws Exception {
        for (String candidate : List.of("/usr/bin/python3", "python3")) {
            try {
                String needs = "import socket; socket.AF_VSOCK; import random; random.Random(1).randbytes(1)";
                Process process = new ProcessBuilder(candidate, "-c", needs).redirectErrorStream(true).start();
                if (ChildJvm.finish(process).status() == 0)
                    return candidate;
            } catch (IOException notThere) {
                // the next one
            }
        }
        throw Skip.because("no Python 3.9 with AF_VSOCK: install python3");
    }

    private static Process start(Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(python, script.toString(), Machine.peerTransport()));
        for (Object argument : arguments)
            command.add(argument.toString());
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Reads byte by byte, so that the bytes after the line stay in the socket. */
    private static String firstLine(Process process) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = process.getInputStream().read(); b >= 0 && b != '\n'; b = process.getInputStream().read())
            line.append((char) b);
        return line.toString();
    }

    private record Received(long size, String digest) { }

    private static Received receive(SocketChannel channel) throws IOException {
        MessageDigest digest = Payload.sha256();
        ByteBuffer chunk = ByteBuffer.allocateDirect(50_000);
        long size = 0;
        while (channel.read(chunk) >= 0) {
            size += chunk.position();
            digest.update(chunk.flip());
            chunk.clear();
        }
        return new Received(size, Payload.hex(digest.digest()));
    }

    @ForEachVsockChannel
    void aClientInPythonTalksToAServerInJava(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen()) {
            VsockSocketAddress where = (VsockSocketAddress) server.getLocalAddress();
            Process client = start("connect", where.getCid(), where.getVsockPort());
            try (SocketChannel peer = server.accept()) {
                Received received = receive(peer);
                VsockSocketAddress remote = (VsockSocketAddress) peer.getRemoteAddress();
                Streams.write(peer, "here is the answer\n");
                ChildJvm.Result result = ChildJvm.finish(client).succeeded();
                assertEquals(List.of("sent " + received.size + " " + received.digest + " " + remote.getCid() + " "
                    + remote.getVsockPort(),
                    "answer here is the answer"), result.lines());
            }
        }
    }

    @ForEachVsockChannel
    void aServerInPythonAnswersAClientInJava(ChannelKind channel) throws Exception {
        byte[] bytes = Payload.random(19, 2_000_003);
        Process server = start("serve");
        String[] listening = firstLine(server).split(" ");
        assertEquals("listening", listening[0]);
        VsockSocketAddress where = VsockSocketAddress.of(Long.parseLong(listening[1]), Long.parseLong(listening[2]));
        try (SocketChannel client = channel.openClient()) {
            client.connect(where);
            Streams.write(client, bytes);
            client.shutdownOutput();
            VsockSocketAddress local = (VsockSocketAddress) client.getLocalAddress();
            assertEquals(bytes.length + " " + Payload.digest(bytes) + " " + local.getCid() + " " + local.getVsockPort()
                + "\n",
                new String(Streams.readToEnd(client)));
        }
        ChildJvm.finish(server).succeeded();
    }

    /**
     * An AF_UNIX socket may have no name, or any name. Then the peer is no endpoint, and its bytes arrive nevertheless.
     */
    @ParameterizedTest
    @ValueSource(strings = { "-", "%s/007/5", "%s/+7/5", "%s/7/+5", "%s/7/05", "%s/7/5/", "%s/7/5 ", "%s/7/5\\0",
        "%s/7/5\\0/8", "%s//7/5",
        "%s/7", "%s/-1/5", "%s/4294967303/5", "%s/7/4294967301", "%s/4294967295/5", "%s/7/4294967295", "%s/0/7/5",
            "%sx/7/5", "other" })
    void anotherNameIsReportedAsAny(String name) throws Exception {
        assertEquals(VsockSocketAddress.parse("vsock:any:any"), endpointOfAClientNamed(name));
    }

    @ParameterizedTest
    @CsvSource({ "%s/7/5, vsock:7:5", "%s/0/0, vsock:0:0", "%s/4294967294/4294967294, vsock:4294967294:4294967294" })
    void theSpellingOfAnEndpointIsReportedAsTheEndpoint(String name, String endpoint) throws Exception {
        assertEquals(VsockSocketAddress.parse(endpoint), endpointOfAClientNamed(name));
    }

    private static SocketAddress endpointOfAClientNamed(String form) throws Exception {
        if (!Machine.isEmulated())
            throw Skip.because("AF_VSOCK gives every client a port: "
                + "the emulated transport has clients with other names");
        String name = form.replace("%s", Machine.peerTransport());
        try (ServerSocketChannel server = ChannelKind.VSOCK.listen()) {
            VsockSocketAddress where = (VsockSocketAddress) server.getLocalAddress();
            Process client = start("connect", where.getCid(), where.getVsockPort(), name);
            try (SocketChannel peer = server.accept()) {
                Received received = receive(peer);
                SocketAddress remote = peer.getRemoteAddress();
                Streams.write(peer, "\n");
                assertEquals("sent " + received.size + " " + received.digest + " " + name,
                    ChildJvm.finish(client).succeeded().lines().get(0));
                return remote;
            }
        }
    }
}
