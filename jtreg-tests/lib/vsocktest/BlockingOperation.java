// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Every operation of a stream channel that can block, through the channel and through its {@code socket()}; but for
 * connects, which JUnit's package {@code unanswered} tests: only the kernel of a host has a peer that never answers.
 */
public enum BlockingOperation {
    READ, SCATTER_READ, WRITE, GATHER_WRITE, ACCEPT,
    STREAM_READ, TIMED_STREAM_READ, STREAM_WRITE, SOCKET_ACCEPT, TIMED_SOCKET_ACCEPT;

    private static final int LONG_MILLIS = 3_600_000;
    private static final int CHUNK = 64 << 10;

    /** The operation by its name on a {@code @run} line: {@code scatter-read}. */
    public static BlockingOperation named(String name) {
        return valueOf(name.toUpperCase().replace('-', '_'));
    }

    public boolean isAccept() {
        return this == ACCEPT || this == SOCKET_ACCEPT || this == TIMED_SOCKET_ACCEPT;
    }

    /** Whether it belongs to {@code java.net}, which has its own exceptions. */
    public boolean isSocket() {
        return ordinal() >= STREAM_READ.ordinal();
    }

    /** A channel on which the operation blocks at once. Closing it closes the other resources, too. */
    public record Ready(SelectableChannel channel, Callable<Object> operation, String what, List<AutoCloseable> rest)
            implements AutoCloseable {
        @Override
        public void close() throws Exception {
            channel.close();
            for (AutoCloseable other : rest)
                other.close();
        }

        /** The other end of the connection. */
        public SocketChannel peer() {
            return (SocketChannel) rest.get(0);
        }
    }

    /** The operation, on every kind of channel. TCP comes first. */
    public List<Ready> prepare() throws IOException {
        List<Ready> all = new ArrayList<>();
        for (Family family : Family.values()) {
            if (isAccept()) {
                all.add(accepting(family));
                continue;
            }
            Pair one = Pair.of(family);
            all.add(transferring(family + " client", one.client(), one.accepted()));
            Pair two = Pair.of(family);
            all.add(transferring(family + " accepted", two.accepted(), two.client()));
        }
        return all;
    }

    private Ready accepting(Family family) throws IOException {
        ServerSocketChannel server = family.listen();
        if (this == TIMED_SOCKET_ACCEPT)
            server.socket().setSoTimeout(LONG_MILLIS);
        return new Ready(server, this == ACCEPT ? server::accept : () -> server.socket().accept(),
            this + " on " + family, List.of());
    }

    private Ready transferring(String what, SocketChannel channel, SocketChannel peer) throws IOException {
        if (this == WRITE || this == GATHER_WRITE || this == STREAM_WRITE)
            Pair.fill(channel);
        ByteBuffer[] buffers = { ByteBuffer.allocate(CHUNK), ByteBuffer.allocateDirect(CHUNK) };
        if (this == TIMED_STREAM_READ)
            channel.socket().setSoTimeout(LONG_MILLIS);
        InputStream in = channel.socket().getInputStream();
        OutputStream out = channel.socket().getOutputStream();
        return new Ready(channel, switch (this) {
            case READ -> () -> channel.read(buffers[0]);
            case SCATTER_READ -> () -> channel.read(buffers);
            case WRITE -> () -> repeatedly(() -> channel.write(buffers[1].clear()));
            case GATHER_WRITE -> () -> repeatedly(() -> {
                buffers[0].clear();
                buffers[1].clear();
                channel.write(buffers);
            });
            case STREAM_READ, TIMED_STREAM_READ -> () -> in.read(new byte[CHUNK]);
            default -> () -> repeatedly(() -> out.write(new byte[CHUNK]));
        }, this + " on " + what, List.of(peer));
    }

    /** TCP may move bytes on in the kernel, and have room for more. */
    private static Object repeatedly(Check.Operation write) throws Exception {
        while (true)
            write.run();
    }
}
