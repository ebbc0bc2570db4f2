// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.VsockSocketAddress;
import io.niovsock.stress.TaggedStream;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Processes of {@code src/test/c/tagged.c}, which share no code with the library, and the connections that they make.
 * Every byte says to which connection it belongs and at which place. The property {@code niovsock.soak.tagged} is the
 * compiled program.
 */
final class TaggedPeers implements AutoCloseable {
    private static final String PROGRAM = System.getProperty("niovsock.soak.tagged");
    private static final int KILLED = 128 + 9; // the status of a process that SIGKILL ended

    /** @param stream what the peer sends; its first word was read */
    record Connection(SocketChannel channel, TaggedStream stream) { }

    private final List<Process> processes = new ArrayList<>();
    private final List<Connection> connections = new ArrayList<>();

    /** @param first the number of the first connection; the others follow */
    TaggedPeers(int processCount, int connectionsOfEach, int first) throws IOException {
        try (ServerSocketChannel listener = ChannelKind.VSOCK.listen()) {
            VsockSocketAddress where = (VsockSocketAddress) listener.getLocalAddress();
            for (int i = 0; i < processCount; i++)
                processes.add(new ProcessBuilder(PROGRAM, Machine.peerTransport(), Long.toString(where.getCid()),
                    Long.toString(where.getVsockPort()), Integer.toString(first + i * connectionsOfEach),
                    Integer.toString(connectionsOfEach)).redirectErrorStream(true).start());
            for (int i = 0; i < processCount * connectionsOfEach; i++)
                connections.add(accept(listener));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static Connection accept(ServerSocketChannel listener) throws IOException {
        SocketChannel channel = listener.accept();
        try {
            ByteBuffer word = ByteBuffer.allocate(Long.BYTES);
            while (word.hasRemaining())
                Way.some(channel.read(word));
            TaggedStream stream = new TaggedStream(TaggedStream.numberOf(word.array()));
            String mistake = stream.take(word.array());
            if (mistake != null)
                throw new IOException("the first word of connection " + stream.number + ": " + mistake);
            return new Connection(channel, stream);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    List<Process> processes() {
        return processes;
    }

    List<Connection> connections() {
        return connections;
    }

    /** Kills a process; returns null, or what it has said before, if it had ended by itself. */
    static String kill(Process process) throws IOException, InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(Way.LIMIT, TimeUnit.SECONDS))
            return "it does not end";
        return process.exitValue() == KILLED ? null
            : "status " + process.exitValue() + ": " + new String(process.getInputStream().readAllBytes());
    }

    @Override
    public void close() throws IOException {
        for (Process process : processes) {
            process.destroyForcibly();
            process.getInputStream().close();
            process.getOutputStream().close();
        }
        for (Connection connection : connections)
            connection.channel().close();
    }
}
