// SPDX-License-Identifier: Apache-2.0
package io.niovsock.thread;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannelAndThread;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The two streams that java.nio.channels.Channels makes of a connection. */
class ChannelStreamsTest {
    private static final String TWO_LOCKS = "JDK 17 has one lock for both streams: run on 21 or later";
    private static final int TURNS = 40;
    private static final int MANY = 300;
    private static final int PIECE = 100_000; // from JDK 27 on, the stream writes 128 KiB at a time
    private static final int SIZE = 1 << 22; // more than the buffers of a connection hold

    @ForEachChannelAndThread
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = TWO_LOCKS)
    void oneThreadWritesWhileAnotherOneWaitsToRead(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (SocketChannel end : new SocketChannel[] { pair.client(), pair.peer() }) {
                SocketChannel other = end == pair.client() ? pair.peer() : pair.client();
                InputStream in = Channels.newInputStream(end);
                OutputStream out = Channels.newOutputStream(end);
                for (int i = 0; i < TURNS; i++) {
                    try (Background<Integer> reader = Background.start(thread, in::read)) {
                        reader.awaitBlocked();
                        out.write(i);
                        assertEquals(i, Streams.readExactly(other, 1)[0]);
                        Streams.write(other, new byte[] { (byte) (i + 1) });
                        assertEquals(i + 1, reader.result());
                    }
                }
            }
        }
    }

    @ForEachChannelAndThread
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = TWO_LOCKS)
    void oneThreadReadsWhileAnotherOneWaitsToWrite(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(1, SIZE);
        try (Pair pair = Pair.of(channel)) {
            InputStream in = Channels.newInputStream(pair.client());
            OutputStream out = Channels.newOutputStream(pair.client());
            long before = Streams.fill(pair.client());
            try (Background<Void> writer = Background.start(thread, () -> {
                out.write(bytes);
                return null;
            })) {
                for (int i = 0; i < TURNS; i++) {
                    writer.awaitBlocked();
                    Streams.write(pair.peer(), new byte[] { (byte) i });
                    assertEquals(i, in.read());
                }
                Streams.readExactly(pair.peer(), (int) before);
                assertEquals(Payload.digest(bytes), Payload.digest(Streams.readExactly(pair.peer(), SIZE)));
                writer.result();
            }
        }
    }

    @ForEachChannelAndThread
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = TWO_LOCKS)
    void bothDirectionsCarryTheirBytesAtOnce(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] bytes = Payload.random(2, SIZE);
        try (Pair pair = Pair.of(channel);
             Background<Long> echo = Background.start(thread,
                 () -> Channels.newInputStream(pair.peer()).transferTo(Channels.newOutputStream(pair.peer())));
             Background<Void> writer = Background.start(thread, () -> {
                 Channels.newOutputStream(pair.client()).write(bytes);
                 pair.client().shutdownOutput();
                 return null;
             })) {
            byte[] read = Channels.newInputStream(pair.client()).readNBytes(SIZE);
            assertEquals(Payload.digest(bytes), Payload.digest(read));
            writer.result();
            assertEquals(SIZE, echo.result());
        }
    }

    /** Such a thread waits under the lock for a moment. */
    @ForEachChannelAndThread
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = TWO_LOCKS)
    void aThreadThatHasAskedAndWaitsForTheAnswerKeepsNoOtherOneFromWriting(ChannelKind channel, ThreadKind thread)
        throws Exception {

        try (Pair pair = Pair.of(channel)) {
            InputStream in = Channels.newInputStream(pair.client());
            OutputStream out = Channels.newOutputStream(pair.client());
            try (Background<Integer> conversation = Background.start(thread, () -> {
                for (int i = 0; i < TURNS; i++) {
                    out.write(i);
                    assertEquals(i, in.read());
                }
                return in.read();
            })) {
                Streams.write(pair.peer(), Streams.readExactly(pair.peer(), 1)); // and then one at a time
                for (int i = 1; i < TURNS; i++)
                    Streams.write(pair.peer(), Streams.readExactly(pair.peer(), 1));
                conversation.awaitBlocked();
                out.write('?');
                Streams.write(pair.peer(), Streams.readExactly(pair.peer(), 1));
                assertEquals('?', conversation.result());
            }
        }
    }

    @ForEachChannelAndThread
    void aCloseEndsAThreadThatWaitsToWrite(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            OutputStream out = Channels.newOutputStream(pair.client());
            try (Background<Void> writer = Streams.startBlockedWrite(channel, thread, pair.client(), () -> {
                out.write(new byte[SIZE]);
                return null;
            })) {
                pair.client().close();
                assertInstanceOf(ClosedChannelException.class, writer.failure());
            }
        }
    }

    @ForEachChannelAndThread
    void anInterruptClosesTheChannel(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            InputStream in = Channels.newInputStream(pair.client());
            for (int i = 0; i < TURNS; i++) {
                Streams.write(pair.peer(), new byte[] { (byte) i });
                assertEquals(i, in.read());
            }
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                reader.interrupt();
                reader.failure(ClosedByInterruptException.class);
                assertTrue(reader.wasInterruptedAtEnd());
                assertFalse(pair.client().isOpen());
                Streams.assertEnd(pair.peer());
            }
        }
    }

    /** Another stream, and the channel itself, write meanwhile. There is room for a part of the first write only. */
    @ForEachChannelAndThread
    void aWriteStaysInOnePiece(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] large = new byte[PIECE];
        Arrays.fill(large, (byte) 1);
        byte[] small = { 2, 2, 2 };
        try (Pair pair = Pair.of(channel)) {
            int before = (int) Streams.fill(pair.client()) - PIECE / 2;
            Streams.readExactly(pair.peer(), PIECE / 2);
            try (Background<Void> writer = Background.start(thread, () -> writeTo(pair.client(), large))) {
                if (channel.isVsock()) // TCP may find room by itself
                    writer.awaitBlocked();
                try (Background<Void> other = Background.start(thread, () -> writeTo(pair.client(), small));
                     Background<Integer> direct = Background.start(thread,
                         () -> pair.client().write(ByteBuffer.wrap(small)))) {
                    Streams.readExactly(pair.peer(), before);
                    byte[] all = Streams.readExactly(pair.peer(), PIECE + 2 * small.length);
                    writer.result();
                    other.result();
                    assertEquals(small.length, direct.result());
                    int begin = all[0] == 1 ? 0 : all[small.length] == 1 ? small.length : 2 * small.length;
                    assertArrayEquals(large, Arrays.copyOfRange(all, begin, begin + PIECE));
                }
            }
        }
    }

    /** Over vsock the channel itself writes, too; the platform's may write a part only, and need not stay apart. */
    @ForEachChannelAndThread
    void writesOfSeveralThreadsDoNotMix(ChannelKind channel, ThreadKind thread) throws Exception {
        byte[] large = new byte[PIECE];
        Arrays.fill(large, (byte) 1);
        byte[] small = { 2, 2, 2 };
        AtomicBoolean done = new AtomicBoolean();
        try (Pair pair = Pair.of(channel);
             Background<Void> other = Background.start(thread, () -> {
                 while (!done.get()) {
                     writeTo(pair.client(), small);
                     if (channel.isVsock())
                         pair.client().write(ByteBuffer.wrap(small));
                 }
                 return null;
             });
             Background<Void> writer = Background.start(thread, () -> {
                 for (int i = 0; i < TURNS; i++)
                     writeTo(pair.client(), large);
                 done.set(true);
                 other.result();
                 pair.client().shutdownOutput();
                 return null;
             })) {
            int ones = 0;
            int whole = 0;
            for (byte each : Streams.readToEnd(pair.peer())) {
                if (each == 1 && ++ones % PIECE == 0)
                    whole++;
                if (each == 2)
                    assertEquals(0, ones % PIECE, "the length of the first part of a write");
            }
            assertEquals(TURNS, whole);
            writer.result();
        }
    }

    private static Void writeTo(SocketChannel channel, byte[] bytes) throws IOException {
        Channels.newOutputStream(channel).write(bytes);
        return null;
    }

    @ForEachChannelAndThread
    void aChangeOfTheModeWaitsForAReadThatWaits(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            InputStream in = Channels.newInputStream(pair.client());
            try (Background<Integer> reader = Background.start(thread, in::read)) {
                reader.awaitBlocked();
                try (Background<?> change = Background.start(thread, () -> pair.client().configureBlocking(false))) {
                    Streams.write(pair.peer(), new byte[] { 5 });
                    assertEquals(5, reader.result());
                    change.result();
                }
                assertThrows(IllegalBlockingModeException.class, in::read);
            }
        }
    }

    @ForEachChannelAndThread
    void anInterruptOfAThreadThatWaitsToWriteClosesTheChannel(ChannelKind channel, ThreadKind thread)
        throws Exception {

        try (Pair pair = Pair.of(channel)) {
            OutputStream out = Channels.newOutputStream(pair.client());
            try (Background<Void> writer = Streams.startBlockedWrite(channel, thread, pair.client(), () -> {
                out.write(new byte[SIZE]);
                return null;
            })) {
                writer.interrupt();
                assertInstanceOf(ClosedChannelException.class, writer.failure());
                assertTrue(writer.wasInterruptedAtEnd());
                assertFalse(pair.client().isOpen());
            }
        }
    }

    /** More than there are carriers: before JDK 24, each keeps one. */
    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
    void hundredsOfVirtualThreadsWait() throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<Background<Integer>> readers = new ArrayList<>();
        try {
            for (int i = 0; i < MANY; i++) {
                Pair pair = Pair.of(ChannelKind.DEFERRED_VSOCK);
                pairs.add(pair);
                readers.add(Background.start(ThreadKind.VIRTUAL, Channels.newInputStream(pair.client())::read));
            }
            readers.get(0).awaitBlocked();
            for (Pair pair : pairs)
                Streams.write(pair.peer(), new byte[] { 7 });
            for (Background<Integer> reader : readers)
                assertEquals(7, reader.result());
        } finally {
            for (Pair pair : pairs)
                pair.close();
            readers.forEach(Background::close);
        }
    }

    @ForEachVsockChannel
    void aWriteOfAProgramThatHasTheLockWritesAll(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel);
             Background<Integer> writer = Background.start(() -> {
                 synchronized (pair.client().blockingLock()) {
                     return pair.client().write(ByteBuffer.allocate(SIZE));
                 }
             })) {
            writer.awaitBlocked();
            Streams.readExactly(pair.peer(), SIZE);
            assertEquals(SIZE, writer.result());
        }
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = TWO_LOCKS)
    void recordsGoBothWaysAtOnce() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)
                 .bind(ChannelKind.VSOCK.freeEndpoint());
             SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept();
                 Background<byte[]> reader = Background.start(() -> {
                     byte[] record = new byte[8];
                     return Arrays.copyOf(record, Channels.newInputStream(client).read(record));
                 })) {
                reader.awaitBlocked();
                Channels.newOutputStream(client).write(new byte[] { 1, 2, 3 });
                ByteBuffer record = ByteBuffer.allocate(8);
                assertEquals(3, peer.read(record));
                peer.write(record.flip());
                assertArrayEquals(new byte[] { 1, 2, 3 }, reader.result());
            }
        }
    }

    /** A program may hold the lock to keep the blocking mode as it is. */
    @ForEachChannelAndThread
    void aReadOfTheProgramsOwnKeepsTheLock(ChannelKind channel, ThreadKind thread) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            Object lock = pair.client().blockingLock();
            try (Background<Integer> reader = Background.start(thread, () -> {
                synchronized (lock) {
                    return pair.client().read(ByteBuffer.allocate(1));
                }
            })) {
                reader.awaitBlocked();
                Thread other = new Thread(() -> {
                    synchronized (lock) {
                        lock.notifyAll();
                    }
                });
                other.start();
                Await.until(() -> "the lock is free", () -> other.getState() == Thread.State.BLOCKED);
                Streams.write(pair.peer(), "x");
                assertEquals(1, reader.result());
                other.join();
            }
        }
    }
}
