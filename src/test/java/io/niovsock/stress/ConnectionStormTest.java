// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.ThreadKind;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Thousands of short connections, some of them closed or interrupted by another thread. Each sends a tag of its own,
 * and gets it back. If a descriptor's number were reused while a thread still uses it, a connection would read
 * another's tag.
 */
class ConnectionStormTest {
    private static final int WORKERS = 4;
    private static final int ACCEPTORS = 3;
    private static final int CONNECTIONS = Machine.rounds(20_000);
    private static final int TCP_CONNECTIONS = Machine.rounds(2000); // the ports stay in use for a minute
    private static final long LIMIT_NANOS = 4_000_000_000L;
    private static final int TAG_SIZE = 2 * Long.BYTES;
    private static final int DISTURBED_ONE_IN = 16;

    private final AtomicLong nextTag = new AtomicLong(ThreadLocalRandom.current().nextLong());
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong disturbed = new AtomicLong();
    private final BlockingQueue<Victim> victims = new LinkedBlockingQueue<>();
    private volatile boolean over;

    /** A connection to close, or a thread to interrupt: at once, or during the next connection. */
    private record Victim(SocketChannel client, Thread thread) { }

    @ForEachChannelAndThread
    void everyConnectionCarriesItsOwnBytes(ChannelKind channel, ThreadKind thread) throws Exception {
        List<Background<Void>> acceptors = new ArrayList<>();
        List<Background<Void>> workers = new ArrayList<>();
        ServerSocketChannel server = channel.openServer().bind(channel.freeEndpoint(), 200);
        long end = System.nanoTime() + LIMIT_NANOS;
        try {
            for (int i = 0; i < ACCEPTORS; i++)
                acceptors.add(Background.start(thread, () -> echo(server)));
            for (int i = 0; i < WORKERS; i++)
                workers.add(Background.start(thread, () -> connectAgainAndAgain(channel, server, end)));
            try (Background<Void> troublemaker = Background.start(this::disturb)) {
                for (Background<Void> worker : workers)
                    worker.result();
                over = true;
                troublemaker.result();
            }
            server.close();
            for (Background<Void> acceptor : acceptors)
                acceptor.result();
        } finally {
            over = true;
            workers.forEach(Background::close);
            server.close();
            acceptors.forEach(Background::close);
        }
        assertTrue(answered.get() > begun.get() / 10,
            () -> "of " + begun + " connections only " + answered + " were answered");
        assertTrue(disturbed.get() > 0, () -> "of " + begun + " connections none was disturbed");
    }

    /** Sends the tag of each connection back, after both halves have arrived, and waits for the end of the stream. */
    private static Void echo(ServerSocketChannel server) throws IOException {
        while (true) {
            try (SocketChannel peer = server.accept()) {
                ByteBuffer tag = ByteBuffer.allocateDirect(TAG_SIZE);
                while (tag.hasRemaining() && peer.read(tag) >= 0) { }
                if (tag.hasRemaining())
                    continue;
                tag.flip();
                while (tag.hasRemaining())
                    peer.write(tag);
                peer.read(ByteBuffer.allocate(1));
            } catch (ClosedChannelException closed) {
                return null;
            } catch (IOException disturbedClient) {
                // closed with unread bytes
            }
        }
    }

    private Void connectAgainAndAgain(ChannelKind channel, ServerSocketChannel server, long end) throws Exception {
        SocketAddress where = server.getLocalAddress();
        int connections = channel.isVsock() ? CONNECTIONS : TCP_CONNECTIONS;
        while (begun.get() < connections && System.nanoTime() - end < 0) {
            begun.incrementAndGet();
            try (SocketChannel client = channel.openClient()) {
                client.connect(where);
                int fate = ThreadLocalRandom.current().nextInt(DISTURBED_ONE_IN);
                if (fate <= 1)
                    victims.add(new Victim(client, Thread.currentThread()));
                if (fate == 0)
                    client.read(ByteBuffer.allocate(1)); // no answer comes: only the disturbance ends this read
                exchange(client, nextTag.incrementAndGet());
                answered.incrementAndGet();
            } catch (ClosedChannelException disturbance) {
                disturbed.incrementAndGet();
            } catch (IOException refused) {
                // the backlog is full, or the acceptor has ended a disturbed connection
            } finally {
                Thread.interrupted();
            }
        }
        return null;
    }

    private static void exchange(SocketChannel client, long tag) throws IOException {
        ByteBuffer src = ThreadLocalRandom.current().nextBoolean() ? ByteBuffer.allocate(TAG_SIZE)
            : ByteBuffer.allocateDirect(TAG_SIZE);
        client.write(src.putLong(tag).putLong(~tag).flip());
        ByteBuffer dst = ByteBuffer.allocate(TAG_SIZE);
        while (dst.hasRemaining())
            if (client.read(dst) < 0)
                throw new IOException("the acceptor has closed");
        assertEquals(tag, dst.getLong(0), "this connection's tag, and no other's");
        assertEquals(~tag, dst.getLong(Long.BYTES));
    }

    private Void disturb() throws Exception {
        while (!over || !victims.isEmpty()) {
            Victim victim = victims.poll(10, TimeUnit.MILLISECONDS);
            if (victim == null)
                continue;
            if (ThreadLocalRandom.current().nextBoolean())
                victim.client.close();
            else
                victim.thread.interrupt();
        }
        return null;
    }
}
