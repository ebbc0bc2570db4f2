// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Connections and listeners of streams. */
final class StreamSituations {
    private static final int LARGE = 50_000; // fits in the socket's buffer, and arrays of it go to the kernel in place
    private static final int PART = 7;

    private static final List<SocketOption<?>> OPTIONS = List.of(StandardSocketOptions.SO_RCVBUF,
        StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_REUSEADDR,
        StandardSocketOptions.TCP_NODELAY, VsockSocketOptions.BUFFER_SIZE, VsockSocketOptions.CONNECT_TIMEOUT);

    /** One for all runs: garbage would look like a leak. */
    private static final ByteBuffer MEMORY = ByteBuffer.allocateDirect(LARGE);

    private final ChannelKind kind;

    private StreamSituations(ChannelKind kind) {
        this.kind = kind;
    }

    static Map<String, Situation> of(ChannelKind kind) {
        StreamSituations of = new StreamSituations(kind);
        Map<String, Situation> all = new LinkedHashMap<>();
        all.put("open", of::open);
        all.put("open a listener", of::openListener);
        all.put("bind a client", of::bindClient);
        all.put("bind and listen", of::listen);
        all.put("connect", of::connect);
        all.put("connect without waiting", of::connectWithoutWaiting);
        all.put("connect by open", of::connectByOpen);
        all.put("connect to nobody", of::connectToNobody);
        all.put("accept", of::accept);
        all.put("accept without waiting", of::acceptWithoutWaiting);
        all.put("read into an array", attempt -> of.read(attempt, ByteBuffer::allocate, PART));
        all.put("read into a large array", attempt -> of.read(attempt, ByteBuffer::allocate, LARGE));
        all.put("read into memory", attempt -> of.read(attempt, StreamSituations::memory, PART));
        all.put("read without waiting", of::readWithoutWaiting);
        all.put("scatter", of::scatter);
        all.put("write from an array", attempt -> of.write(attempt, ByteBuffer::allocate, PART));
        all.put("write from a large array", attempt -> of.write(attempt, ByteBuffer::allocate, LARGE));
        all.put("write from memory", attempt -> of.write(attempt, StreamSituations::memory, PART));
        all.put("write without waiting", of::writeWithoutWaiting);
        all.put("gather", of::gather);
        all.put("transfer from a file", of::transferFromFile);
        all.put("transfer to a file", of::transferToFile);
        all.put("change the mode", of::changeMode);
        all.put("options of a client", of::optionsOfClient);
        all.put("options of a connection", of::optionsOfConnection);
        all.put("options of a listener", of::optionsOfListener);
        all.put("shut down", of::shutDown);
        all.put("addresses", of::addresses);
        all.put("close a connection", of::closeConnection);
        all.put("close with unread bytes", of::closeUnread);
        all.put("close a listener with a client", of::closeListener);
        all.put("close while reading", of::closeWhileReading);
        all.put("close while accepting", of::closeWhileAccepting);
        return all;
    }

    private ServerSocketChannel listener(Attempt attempt) throws IOException {
        return attempt.keep(kind.listen());
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++)
            bytes[i] = (byte) (i * 31 + size);
        return bytes;
    }

    private static ByteBuffer memory(int size) {
        return MEMORY.slice(0, size);
    }

    private static void assertWorks(SocketChannel client, SocketChannel peer) throws IOException {
        Streams.assertConnected(new Pair(client, peer));
    }

    // -- opening and binding

    private void open(Attempt attempt) throws Exception {
        SocketChannel client = attempt.of(() -> attempt.keep(kind.openClient()));
        ServerSocketChannel server = listener(attempt);
        client.connect(server.getLocalAddress());
        assertWorks(client, attempt.keep(server.accept()));
    }

    private void openListener(Attempt attempt) throws Exception {
        ServerSocketChannel server = attempt.of(() -> attempt.keep(kind.openServer()));
        server.bind(kind.freeEndpoint());
    }

    private void bindClient(Attempt attempt) throws Exception {
        SocketChannel client = attempt.keep(kind.openClient());
        attempt.survives(LibraryCall.GETSOCKNAME); // the port is known
        attempt.of(() -> client.bind(kind.freeEndpoint()));
        ServerSocketChannel server = listener(attempt);
        client.connect(server.getLocalAddress());
        SocketChannel peer = attempt.keep(server.accept());
        assertEquals(client.getLocalAddress(), peer.getRemoteAddress());
        assertWorks(client, peer);
    }

    private void listen(Attempt attempt) throws Exception {
        ServerSocketChannel server = attempt.keep(kind.openServer());
        attempt.survives(LibraryCall.GETSOCKNAME); // the port is known
        attempt.of(() -> server.bind(kind.freeEndpoint()));
        SocketChannel client = attempt.keep(kind.openClient());
        client.connect(server.getLocalAddress());
        assertWorks(client, attempt.keep(server.accept()));
    }

    // -- connecting and accepting

    private void connect(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        SocketChannel client = attempt.keep(kind.openClient());
        attempt.survives(LibraryCall.IOCTL); // the descriptor stays non-blocking
        assertTrue(attempt.of(() -> client.connect(server.getLocalAddress())));
        assertWorks(client, attempt.keep(server.accept()));
    }

    private void connectWithoutWaiting(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        SocketChannel client = attempt.keep(kind.openClient());
        client.configureBlocking(false);
        attempt.of(() -> {
            if (!client.isConnectionPending())
                client.connect(server.getLocalAddress());
            while (!client.finishConnect())
                Thread.onSpinWait();
            return true;
        });
        client.configureBlocking(true);
        assertWorks(client, attempt.keep(server.accept()));
    }

    private void connectByOpen(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        attempt.survives(LibraryCall.IOCTL); // as above
        SocketChannel client = attempt.of(() -> attempt.keep(SocketChannel.open(server.getLocalAddress())));
        SocketChannel peer = attempt.keep(server.accept());
        if (attempt.failureOrNull() == null)
            assertWorks(client, peer);
    }

    private void connectToNobody(Attempt attempt) throws Exception {
        SocketChannel client = attempt.keep(kind.openClient());
        var nobody = kind.nobody();
        attempt.survives(LibraryCall.values()).of(() -> {
            try {
                return client.connect(nobody);
            } catch (ConnectException e) {
                assertTrue(e.getMessage().startsWith("Connection refused") || attempt.isMet(), e::toString);
                return false;
            }
        });
        assertFalse(client.isOpen());
    }

    private void accept(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        SocketChannel client = attempt.keep(SocketChannel.open(server.getLocalAddress()));
        SocketChannel peer = attempt.of(() -> attempt.keep(server.accept()));
        assertEquals(client.getLocalAddress(), peer.getRemoteAddress());
        assertWorks(client, peer);
    }

    private void acceptWithoutWaiting(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        server.configureBlocking(false);
        SocketChannel client = attempt.keep(SocketChannel.open(server.getLocalAddress()));
        SocketChannel peer = attempt.of(() -> {
            SocketChannel accepted = server.accept();
            return attempt.keep(accepted != null ? accepted : server.accept());
        });
        assertTrue(peer.isBlocking());
        assertWorks(client, peer);
    }

    // -- transfers

    private void read(Attempt attempt, IntFunction<ByteBuffer> memory, int size) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        byte[] sent = bytes(size);
        Streams.write(pair.peer(), sent);
        ByteBuffer dst = memory.apply(size);
        attempt.of(() -> {
            while (dst.hasRemaining())
                assertTrue(pair.client().read(dst) > 0);
            return null;
        });
        assertArrayEquals(sent, content(dst));
        assertWorks(pair.client(), pair.peer());
    }

    private static byte[] content(ByteBuffer filled) {
        byte[] content = new byte[filled.position()];
        filled.get(0, content);
        return content;
    }

    private void readWithoutWaiting(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        pair.client().configureBlocking(false);
        byte[] sent = bytes(PART);
        Streams.write(pair.peer(), sent);
        assertArrayEquals(sent, attempt.of(() -> Streams.readExactly(pair.client(), PART)));
        assertEquals(0, pair.client().read(ByteBuffer.allocate(1)));
        assertWorks(pair.client(), pair.peer());
    }

    private void scatter(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        byte[] sent = bytes(2 * PART);
        Streams.write(pair.peer(), sent);
        ByteBuffer[] parts = { ByteBuffer.allocate(PART), memory(PART) };
        attempt.of(() -> {
            while (parts[1].hasRemaining())
                assertTrue(pair.client().read(parts) > 0);
            return null;
        });
        byte[] got = ByteBuffer.allocate(2 * PART).put(parts[0].flip()).put(parts[1].flip()).array();
        assertArrayEquals(sent, got);
        assertWorks(pair.client(), pair.peer());
    }

    private void write(Attempt attempt, IntFunction<ByteBuffer> memory, int size) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        byte[] sent = bytes(size);
        ByteBuffer src = memory.apply(size).put(sent).flip();
        attempt.of(() -> {
            while (src.hasRemaining())
                assertTrue(pair.client().write(src) > 0);
            return null;
        });
        assertArrayEquals(sent, Streams.readExactly(pair.peer(), size));
        assertWorks(pair.client(), pair.peer());
    }

    private void writeWithoutWaiting(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        pair.client().configureBlocking(false);
        ByteBuffer src = ByteBuffer.wrap(bytes(PART));
        attempt.of(() -> {
            Streams.writeAll(pair.client(), src);
            return null;
        });
        assertArrayEquals(src.array(), Streams.readExactly(pair.peer(), PART));
        assertWorks(pair.client(), pair.peer());
    }

    private void gather(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        byte[] sent = bytes(2 * PART);
        ByteBuffer[] parts = { ByteBuffer.wrap(sent, 0, PART), memory(PART) };
        parts[1].put(sent, PART, PART).flip();
        attempt.of(() -> {
            while (parts[1].hasRemaining())
                assertTrue(pair.client().write(parts) > 0);
            return null;
        });
        assertArrayEquals(sent, Streams.readExactly(pair.peer(), 2 * PART));
        assertWorks(pair.client(), pair.peer());
    }

    private void transferFromFile(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        byte[] sent = bytes(LARGE);
        FileChannel file = openFile(attempt, sent);
        long[] done = { 0 };
        attempt.of(() -> {
            while (done[0] < LARGE)
                done[0] += file.transferTo(done[0], LARGE - done[0], pair.client());
            return null;
        });
        assertArrayEquals(sent, Streams.readExactly(pair.peer(), LARGE));
        assertWorks(pair.client(), pair.peer());
    }

    private void transferToFile(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        byte[] sent = bytes(LARGE);
        FileChannel file = openFile(attempt, new byte[0]);
        Streams.write(pair.peer(), sent);
        attempt.survives(LibraryCall.RECVFROM); // a transfer that has moved bytes returns their number
        attempt.of(() -> {
            while (file.size() < LARGE)
                file.transferFrom(pair.client(), file.size(), LARGE - file.size());
            return null;
        });
        ByteBuffer content = ByteBuffer.allocate(LARGE);
        file.read(content, 0);
        assertArrayEquals(sent, content.array());
        assertWorks(pair.client(), pair.peer());
    }

    private static FileChannel openFile(Attempt attempt, byte[] content) throws IOException {
        Path path = Files.createTempFile("niovsock-faults", "");
        Files.write(path, content);
        return attempt.keep(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE));
    }

    // -- options and addresses

    private void changeMode(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        attempt.of(() -> pair.client().configureBlocking(false));
        assertFalse(pair.client().isBlocking());
        assertEquals(0, pair.client().read(ByteBuffer.allocate(1)));
        pair.client().configureBlocking(true);
        assertWorks(pair.client(), pair.peer());
    }

    private void optionsOfClient(Attempt attempt) throws Exception {
        SocketChannel client = attempt.keep(kind.openClient());
        attempt.of(() -> setAgain(client, OPTIONS));
        ServerSocketChannel server = listener(attempt);
        client.connect(server.getLocalAddress());
        assertWorks(client, attempt.keep(server.accept()));
    }

    private void optionsOfConnection(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        attempt.of(() -> setAgain(pair.client(), OPTIONS));
        assertWorks(pair.client(), pair.peer());
    }

    private void optionsOfListener(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        List<SocketOption<?>> its = OPTIONS.stream().filter(server.supportedOptions()::contains).toList();
        attempt.of(() -> setAgain(server, its));
        SocketChannel client = attempt.keep(SocketChannel.open(server.getLocalAddress()));
        assertWorks(client, attempt.keep(server.accept()));
    }

    /** Reads the options, and sets them to what they are. */
    private static <C extends NetworkChannel> C setAgain(C channel, List<SocketOption<?>> options) throws IOException {
        for (SocketOption<?> option : options)
            set(channel, option, channel.getOption(option));
        assertTrue(channel.getOption(StandardSocketOptions.SO_RCVBUF) > 0);
        return channel;
    }

    @SuppressWarnings("unchecked")
    private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value) throws IOException {
        channel.setOption(option, (T) value);
    }

    private void addresses(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        attempt.survives(LibraryCall.GETSOCKNAME); // the address is then not known for now
        attempt.of(() -> List.of(String.valueOf(pair.client().getLocalAddress()), pair.client().getRemoteAddress(),
            String.valueOf(pair.peer().getLocalAddress()), pair.peer().getRemoteAddress(), pair.peer().toString()));
        assertEquals(pair.client().getLocalAddress(), pair.peer().getRemoteAddress());
        assertEquals(pair.peer().getLocalAddress(), pair.client().getRemoteAddress());
    }

    // -- ends

    private void shutDown(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        attempt.of(pair.client()::shutdownInput);
        attempt.of(pair.client()::shutdownOutput);
        Streams.assertEnd(pair.client());
        Streams.assertEnd(pair.peer());
    }

    private void closeConnection(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        attempt.close(pair.client());
        assertFalse(pair.client().isOpen());
        Streams.assertEnd(pair.peer());
    }

    private void closeUnread(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        Streams.write(pair.peer(), bytes(PART));
        attempt.close(pair.client());
        assertFalse(pair.client().isOpen());
    }

    private void closeListener(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        attempt.keep(SocketChannel.open(server.getLocalAddress()));
        attempt.close(server);
        assertFalse(server.isOpen());
    }

    private void closeWhileReading(Attempt attempt) throws Exception {
        Pair pair = attempt.keep(Pair.of(kind));
        try (Background<Integer> reader = Background.start(() -> pair.client().read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            attempt.close(pair.client());
            reader.failure(AsynchronousCloseException.class);
        }
    }

    private void closeWhileAccepting(Attempt attempt) throws Exception {
        ServerSocketChannel server = listener(attempt);
        try (Background<SocketChannel> acceptor = Background.start(server::accept)) {
            acceptor.awaitBlocked();
            attempt.close(server);
            acceptor.failure(AsynchronousCloseException.class);
        }
    }
}
