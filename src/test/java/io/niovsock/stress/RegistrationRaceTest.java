// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Streams;

import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A selector selects all the time, and is woken all the time. Meanwhile one thread decides a channel, and another
 * changes the interest of its key. Whatever the selector saw of the socket before and after, it must report bytes that
 * are written then.
 */
class RegistrationRaceTest {
    private static final int ROUNDS = Machine.rounds(400);
    private static final int[] INTERESTS = { 0, SelectionKey.OP_READ, SelectionKey.OP_CONNECT, SelectionKey.OP_WRITE,
        SelectionKey.OP_READ | SelectionKey.OP_WRITE };

    private final SynchronousQueue<SocketChannel> readable = new SynchronousQueue<>();
    private SelectionKey fickle; // its interest changes all the time; guarded by this
    private volatile boolean over;

    @ForEachChannel
    void noEventIsLostHoweverTheDecisionAndTheSelectorMeet(ChannelKind channel) throws Exception {
        try (Selector selector = Selector.open(); ServerSocketChannel server = channel.listen();
             Background<Void> loop = Background.start(() -> select(selector));
             Background<Void> waker = Background.start(() -> wake(selector))) {
            for (int round = 0; round < ROUNDS; round++)
                connectAndExpectOneEvent(channel, selector, server, round);
            over = true;
            selector.wakeup();
            loop.result();
            waker.result();
        } finally {
            over = true;
        }
    }

    private void connectAndExpectOneEvent(ChannelKind channel, Selector selector, ServerSocketChannel server, int round)
        throws Exception {
        try (SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            if (round % 2 == 0) { // options that the decision carries over, to make it slower
                client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                client.setOption(StandardSocketOptions.SO_RCVBUF, 100_000);
                client.setOption(StandardSocketOptions.SO_SNDBUF, 100_000);
            }
            SelectionKey key = client.register(selector, INTERESTS[round % INTERESTS.length]);
            setFickle(key);
            client.connect(server.getLocalAddress());
            setFickle(null);
            try (SocketChannel peer = server.accept()) {
                while (!client.finishConnect())
                    Thread.onSpinWait();
                key.interestOps(SelectionKey.OP_READ);
                selector.wakeup();
                Streams.write(peer, "x");
                SocketChannel reported = readable.poll(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertEquals(client, reported, "the channel that has something to read, in round " + round);
            }
        }
    }

    /** The event loop: passes on each channel from which it could read a byte. */
    private Void select(Selector selector) throws Exception {
        while (!over) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                try {
                    SocketChannel client = (SocketChannel) key.channel();
                    if (!client.isConnected() || key.interestOps() != SelectionKey.OP_READ)
                        continue; // not there yet, or leaving
                    ByteBuffer dst = ByteBuffer.allocate(2);
                    if (client.read(dst) != 1)
                        continue;
                    key.interestOps(0);
                    readable.offer(client, Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                } catch (CancelledKeyException | ClosedChannelException endOfRound) {
                    // closed by the other thread
                }
            }
            selector.selectedKeys().clear();
        }
        return null;
    }

    private synchronized void setFickle(SelectionKey key) {
        fickle = key;
    }

    private synchronized void changeInterest() {
        if (fickle != null)
            fickle.interestOps(INTERESTS[ThreadLocalRandom.current().nextInt(INTERESTS.length)]);
    }

    private Void wake(Selector selector) {
        while (!over) {
            changeInterest();
            selector.wakeup();
            for (int i = ThreadLocalRandom.current().nextInt(500); i > 0; i--)
                Thread.onSpinWait();
        }
        return null;
    }
}
