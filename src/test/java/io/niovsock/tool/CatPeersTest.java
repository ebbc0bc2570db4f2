// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code cat} with peers that are not of this library: socat, Python and C. */
class CatPeersTest {
    private static final byte[] BYTES = Payload.random(9, 1_000_003);

    @TempDir
    private Path folder;

    /** Another program, and its output with its errors. Closing this ends the program. */
    private record Peer(Process process, BufferedReader output) implements AutoCloseable {
        static Peer start(String... command) throws IOException {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            return new Peer(process, process.inputReader());
        }

        /** Waits for a line, and returns what the expression has found in it. */
        Matcher await(String expression) throws IOException {
            Pattern pattern = Pattern.compile(expression);
            StringBuilder lines = new StringBuilder();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                Matcher matcher = pattern.matcher(line);
                if (matcher.find())
                    return matcher;
                lines.append(line).append('\n');
            }
            throw new AssertionError("no '" + expression + "' in:\n" + lines);
        }

        long awaitPort(String expression) throws IOException {
            return Long.parseLong(await(expression).group(1));
        }

        void succeeds() throws InterruptedException {
            assertTrue(process.waitFor(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "it does not end");
            assertEquals(0, process.exitValue());
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            output.close();
        }
    }

    private static void requireKernel() {
        if (Machine.isEmulated())
            throw Skip.because("this peer speaks the kernel's vsock only: testvm/run");
    }

    private static void requireSocat() throws Exception {
        requireKernel();
        try (Peer socat = Peer.start("socat", "-V")) {
            socat.succeeds();
        } catch (IOException e) {
            throw Skip.because("no socat: install socat");
        }
    }

    /** Sends all bytes to that port of this machine, and returns the answer. */
    private static byte[] answerTo(long port) throws Exception {
        try (RunningTool cat = RunningTool.start("cat", "vsock:local:" + port)) {
            try (OutputStream input = cat.input()) {
                input.write(BYTES);
            }
            byte[] answer = cat.bytes();
            assertEquals(0, cat.finish().status(), cat::toString);
            return answer;
        }
    }

    @Test
    void pythonAnswersAfterTheHalfClose() throws Exception {
        Path script = folder.resolve("peer.py");
        try (InputStream source = CatPeersTest.class.getResourceAsStream("/io/niovsock/interop/peer.py")) {
            Files.copy(source, script);
        }
        // The system's Python: one built elsewhere may not support AF_VSOCK.
        try (Peer python = Peer.start("/usr/bin/python3", script.toString(), Machine.peerTransport(), "serve")) {
            String answer = new String(answerTo(python.awaitPort("listening 1 (\\d+)")));
            assertTrue(answer.startsWith(BYTES.length + " " + Payload.digest(BYTES) + " 1 "), answer);
            python.succeeds();
        }
    }

    @Test
    void aProgramInCGetsAllBytes() throws Exception {
        requireKernel();
        try (Peer c = Peer.start(CProgram.of("stream_server"))) {
            assertEquals("", new String(answerTo(c.awaitPort("listening at CID 1, port (\\d+)"))));
            c.await("received " + BYTES.length + " bytes");
        }
    }

    @Test
    void socatAnswersAfterTheHalfClose() throws Exception {
        requireSocat();
        long port;
        try (ServerSocketChannel free = ServerSocketChannel.open().bind(VsockSocketAddress.any(0))) {
            port = ((VsockSocketAddress) free.getLocalAddress()).getVsockPort();
        }
        try (Peer socat = Peer.start("socat", "-d", "-d", "-t60", "VSOCK-LISTEN:" + port, "EXEC:sha256sum")) {
            socat.await("listening on AF=40 ");
            assertEquals(Payload.digest(BYTES) + "  -\n", new String(answerTo(port)));
        }
    }

    @Test
    void socatConnectsAndBothWaysPass() throws Exception {
        requireSocat();
        Path sent = Files.write(folder.resolve("sent"), BYTES);
        try (RunningTool cat = RunningTool.start("cat", "-v", "-l", "vsock:any:any")) {
            String port = cat.awaitError("listening at vsock:any:(\\d+)").group(1);
            try (Peer socat = Peer.start("sh", "-c", "exec socat -t60 - VSOCK-CONNECT:1:" + port + " <" + sent);
                 OutputStream input = cat.input()) {
                input.write("the answer\n".getBytes());
                input.close();
                socat.await("^the answer$");
                assertArrayEquals(BYTES, cat.bytes());
                socat.succeeds();
            }
            assertEquals(0, cat.finish().status(), cat::toString);
        }
    }
}
