// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.VsockSocketAddress;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import static io.niovsock.VsockProtocolFamily.VSOCK;
import static io.niovsock.guest.Endings.require;

/**
 * Many connections with a peer at once, on one selector. When all are there, each sends some bytes of its own; the
 * peer's tally of them must be the one of this side.
 */
final class Crowd implements AutoCloseable {
    private static final int PATIENCE = 120; // seconds
    private static final int LENGTH = 1000;
    private static final String COMMAND = "take " + LENGTH;

    private final Selector selector = Selector.open();
    private final List<SocketChannel> connections = new ArrayList<>();
    private final int size;
    private int answered;

    Crowd(int size) throws IOException {
        this.size = size;
    }

    /** The host connects. */
    void connectTo(Peer peer) throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            SocketChannel channel = SocketChannel.open(VSOCK);
            channel.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT, new Visit(COMMAND + "\n"));
            channel.connect(VsockSocketAddress.of(peer.cid(), peer.port()));
        }
        selectUntil(() -> connections.size() == size, start);
    }

    /** The guest connects. */
    void haveItself(Peer peer) throws IOException {
        long start = System.nanoTime();
        try (ServerSocketChannel server = ServerSocketChannel.open(VSOCK)) {
            server.bind(VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 0), size);
            server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            List<SocketChannel> orders = new ArrayList<>();
            for (int i = 0; i < size; i++)
                orders.add(peer.tell(VSOCK, Peer.callTo(server, COMMAND)));
            selectUntil(() -> connections.size() == size, start);
            for (SocketChannel order : orders)
                order.close();
        }
    }

    /** Returns how long it took since then. */
    String exchange(long start) throws IOException {
        for (SocketChannel connection : connections)
            connection.keyFor(selector).interestOps(SelectionKey.OP_WRITE);
        selectUntil(() -> answered == size, start);
        return size + " at once, digests agree, " + Report.seconds(start);
    }

    private interface Condition {
        boolean holds();
    }

    private void selectUntil(Condition condition, long start) throws IOException {
        while (!condition.holds()) {
            require(Report.secondsSince(start) < PATIENCE,
                connections.size() + " are connected, " + answered + " answered");
            selector.select(TimeUnit.SECONDS.toMillis(1));
            for (SelectionKey key : selector.selectedKeys())
                ready(key);
            selector.selectedKeys().clear();
        }
    }

    private void ready(SelectionKey key) throws IOException {
        if (key.isAcceptable())
            accept((ServerSocketChannel) key.channel());
        else if (key.isConnectable())
            arrive((SocketChannel) key.channel(), key);
        else if (((Visit) key.attachment()).isAnswered((SocketChannel) key.channel(), key))
            answered++;
    }

    private void accept(ServerSocketChannel server) throws IOException {
        SocketChannel channel = server.accept();
        if (channel == null)
            return;
        connections.add(channel);
        channel.configureBlocking(false).register(selector, 0, new Visit(""));
    }

    private void arrive(SocketChannel channel, SelectionKey key) throws IOException {
        if (!channel.finishConnect())
            return;
        key.interestOps(0);
        connections.add(channel);
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys())
            key.channel().close();
        selector.close();
    }

    /** What one connection sends, and what the peer answers. */
    private static final class Visit {
        private static long seed;

        private final ByteBuffer request = ByteBuffer.allocate(64 + LENGTH);
        private final ByteBuffer answer = ByteBuffer.allocate(64);
        private final Tally tally = new Tally();

        Visit(String line) {
            byte[] data = new byte[LENGTH];
            new SplittableRandom(seed++).nextBytes(data);
            tally.add(ByteBuffer.wrap(data));
            request.put(line.getBytes(StandardCharsets.US_ASCII)).put(data).flip();
        }

        boolean isAnswered(SocketChannel channel, SelectionKey key) throws IOException {
            if (key.isWritable()) {
                channel.write(request);
                if (!request.hasRemaining())
                    key.interestOps(SelectionKey.OP_READ);
                return false;
            }
            if (channel.read(answer) < 0)
                throw new EOFException("the peer has ended without an answer");
            String line = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
            if (!line.endsWith("\n"))
                return false;
            require(line.strip().equals(tally.toString()), "this side counts " + tally + ", the peer " + line);
            key.interestOps(0);
            return true;
        }
    }
}
