// SPDX-License-Identifier: Apache-2.0
package io.niovsock.fuzz;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static io.niovsock.fuzz.AddressFuzz.require;

/**
 * The answer of a virtual machine monitor to {@code CONNECT PORT}. The channel is connected if the answer is a line
 * {@code OK}, and what follows is the program's. Otherwise the connect fails. It takes no byte too many, and does not
 * wait for ever.
 */
public final class HandshakeFuzz {
    private static final long CID = 77;
    private static final VsockSocketAddress GUEST = VsockSocketAddress.of(CID, 5000);
    private static final int LONGEST_REPLY = 32;
    private static final int MOST_BYTES = 4096; // fit in the socket's buffer
    private static final ServerSocketChannel MONITOR = startMonitor();

    private HandshakeFuzz() { }

    private static ServerSocketChannel startMonitor() {
        try {
            Path folder = Files.createTempDirectory("niovsock-fuzz");
            Path socket = folder.resolve("vsock");
            folder.toFile().deleteOnExit();
            socket.toFile().deleteOnExit();
            ServerSocketChannel monitor = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket));
            Vsock.attach(CID, socket);
            return monitor;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        byte[] answer = Arrays.copyOf(input, Math.min(input.length, MOST_BYTES));
        try (SocketChannel client = SocketChannel.open()) {
            client.configureBlocking(false);
            client.connect(GUEST);
            try (SocketChannel host = MONITOR.accept()) {
                ByteBuffer request = ByteBuffer.allocate(LONGEST_REPLY);
                host.read(request);
                require("CONNECT 5000\n".equals(text(request)), text(request));
                for (ByteBuffer rest = ByteBuffer.wrap(answer); rest.hasRemaining();)
                    host.write(rest);
            }
            check(client, answer);
        }
    }

    private static String text(ByteBuffer filled) {
        return new String(filled.array(), 0, filled.position(), StandardCharsets.ISO_8859_1);
    }

    private static void check(SocketChannel client, byte[] answer) throws IOException {
        int line = lengthOfLine(answer);
        boolean positive = line > 2 && answer[0] == 'O' && answer[1] == 'K' && (answer[2] == ' ' || answer[2] == '\n');
        try {
            while (!client.finishConnect())
                Thread.onSpinWait();
            require(positive, "connected by " + Arrays.toString(answer));
        } catch (ConnectException e) {
            require(!positive, e);
            return;
        }
        require(Arrays.equals(Arrays.copyOfRange(answer, line, answer.length), readToEnd(client)),
            "other bytes than those after " + Arrays.toString(answer));
    }

    /** With its end; 0: there is no line. */
    private static int lengthOfLine(byte[] answer) {
        for (int i = 0; i < Math.min(answer.length, LONGEST_REPLY); i++)
            if (answer[i] == '\n')
                return i + 1;
        return 0;
    }

    private static byte[] readToEnd(SocketChannel client) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer some = ByteBuffer.allocate(MOST_BYTES);
        while (client.read(some) >= 0) {
            all.write(some.array(), 0, some.position());
            some.clear();
        }
        return all.toByteArray();
    }
}
