// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** QEMU's monitor, spoken to in QMP: a line of JSON for each command, and for each answer or event. */
final class Monitor implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader answers;

    Monitor(Path socket) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
        answers.readLine(); // the greeting
        execute("qmp_capabilities");
    }

    /** Executes a command without arguments; returns the line of its answer, which may be an error. */
    String execute(String command) throws IOException {
        return send("{\"execute\": \"" + command + "\"}");
    }

    /** Asks for the machine's state to be written to a file that is dropped; returns the line of the answer. */
    String saveState() throws IOException {
        return send("{\"execute\": \"migrate\", \"arguments\": {\"uri\": \"exec:cat >/dev/null\"}}");
    }

    private String send(String line) throws IOException {
        ByteBuffer src = StandardCharsets.UTF_8.encode(line + "\n");
        while (src.hasRemaining())
            channel.write(src);
        String answer = answers.readLine();
        while (answer != null && answer.contains("\"event\""))
            answer = answers.readLine();
        return answer == null ? "the monitor has ended" : answer;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
