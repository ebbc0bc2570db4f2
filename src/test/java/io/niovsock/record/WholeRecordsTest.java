// SPDX-License-Identifier: Apache-2.0
package io.niovsock.record;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A record arrives whole or not at all, even if the buffers are full. Linux alone would send the beginning of a record
 * that must not wait and report that nothing was sent; the next record would arrive with that beginning in front.
 */
class WholeRecordsTest {
    private static final int MAX_SIZE = 20_000;

    static Stream<Arguments> threadsAndModes() {
        return ThreadKind.available().stream()
            .flatMap(thread -> Stream.of(true, false).map(blocking -> Arguments.of(thread, blocking)));
    }

    static Stream<ThreadKind> threads() {
        return ThreadKind.available().stream();
    }

    @ParameterizedTest(name = "{0}, blocking={1}")
    @MethodSource("threadsAndModes")
    void everyRecordArrivesAsItWasWritten(ThreadKind thread, boolean blocking) throws Exception {
        int count = Machine.rounds(3000);
        try (RecordPair pair = RecordPair.open();
             Background<Integer> writer = Background.start(thread, () -> write(pair.client(), count, blocking))) {
            Random sizes = new Random(5);
            ByteBuffer dst = ByteBuffer.allocateDirect(MAX_SIZE);
            for (int i = 0; i < count; i++) {
                int size = 1 + sizes.nextInt(MAX_SIZE - 1);
                assertEquals(size, pair.peer().read(dst.clear()), "record " + i);
                byte[] bytes = new byte[size];
                dst.flip().get(bytes);
                assertArrayEquals(Payload.random(i, size), bytes);
            }
            assertEquals(count, writer.result());
        }
    }

    private static int write(SocketChannel channel, int count, boolean blocking) throws Exception {
        channel.configureBlocking(blocking);
        Random sizes = new Random(5);
        for (int i = 0; i < count; i++) {
            int size = 1 + sizes.nextInt(MAX_SIZE - 1);
            ByteBuffer src = ByteBuffer.wrap(Payload.random(i, size));
            int n = channel.write(src);
            while (n == 0 && !blocking) {
                Thread.yield();
                n = channel.write(src);
            }
            assertEquals(size, n, "all of it, or nothing");
        }
        return count;
    }

    /**
     * Fills the buffers with records of 1000 bytes. If Linux has room for a part of the next record, a send of it would
     * wait.
     */
    private static int fill(SocketChannel channel, AtomicInteger written) throws Exception {
        ByteBuffer src = ByteBuffer.allocateDirect(1000);
        while (channel.write(src.clear().put(0, (byte) written.get())) > 0)
            written.incrementAndGet();
        return written.get();
    }

    @Test
    void aPeerThatStopsInTheMiddleOfARecordEndsTheStream() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            pair.client().configureBlocking(false);
            AtomicInteger written = new AtomicInteger();
            if (Machine.isEmulated()) {
                fill(pair.client(), written); // AF_UNIX has room for a whole record, or for none
                pair.client().shutdownOutput();
            } else {
                String message = assertFails(SocketException.class, () -> fill(pair.client(), written)).getMessage();
                assertTrue(message.contains("record of 1000 bytes") && message.contains("only a part"), message);
                assertFails(ClosedChannelException.class, () -> pair.client().write(ByteBuffer.allocate(1)));
            }
            assertTrue(written.get() > 10, written::toString);
            ByteBuffer dst = ByteBuffer.allocate(2000);
            for (int i = 0; i < written.get(); i++) {
                assertEquals(1000, pair.peer().read(dst.clear()));
                assertEquals((byte) i, dst.get(0));
            }
            assertEquals(-1, pair.peer().read(dst.clear()));
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aCloseEndsABlockedWrite(ThreadKind thread) throws Exception {
        try (RecordPair pair = RecordPair.open();
             Background<?> writer = Background.start(thread, () -> fill(pair.client(), new AtomicInteger()))) {
            awaitFull(writer);
            pair.client().close();
            writer.failure(AsynchronousCloseException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void anInterruptEndsABlockedWrite(ThreadKind thread) throws Exception {
        try (RecordPair pair = RecordPair.open();
             Background<?> writer = Background.start(thread, () -> fill(pair.client(), new AtomicInteger()))) {
            awaitFull(writer);
            writer.interrupt();
            writer.failure(ClosedByInterruptException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aShutdownEndsABlockedWrite(ThreadKind thread) throws Exception {
        try (RecordPair pair = RecordPair.open();
             Background<?> writer = Background.start(thread, () -> fill(pair.client(), new AtomicInteger()))) {
            awaitFull(writer);
            pair.client().shutdownOutput();
            writer.failure(AsynchronousCloseException.class);
            assertTrue(pair.client().isOpen());
        }
    }

    /** Over the kernel's transport, another thread blocks for a virtual thread. */
    private static void awaitFull(Background<?> writer) throws Exception {
        long quietSince = System.nanoTime();
        while (!writer.isBlocked() && System.nanoTime() - quietSince < Machine.PATIENCE.toNanos() / 20)
            Thread.onSpinWait();
        assertTrue(!writer.isDone(), "the buffers are never full");
    }

    @Test
    void aCloseEndsAWriteThatWaitsInNonBlockingModeForTheRestOfItsRecord() throws Exception {
        if (Machine.isEmulated())
            throw Skip.because("AF_UNIX never waits in the middle of a record: testvm/run, on the kernel's transport");
        try (RecordPair pair = RecordPair.open()) {
            pair.client().configureBlocking(false);
            long start = System.nanoTime();
            try (Background<?> writer = Background.start(() -> fill(pair.client(), new AtomicInteger()))) {
                writer.awaitBlocked();
                pair.client().close();
                assertInstanceOf(ClosedChannelException.class, writer.failure());
            }
            assertTrue(System.nanoTime() - start < 8_000_000_000L, "at once, not when the wait is over");
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aCloseEndsABlockedRead(ThreadKind thread) throws Exception {
        try (RecordPair pair = RecordPair.open();
             Background<?> reader = Background.start(thread, () -> pair.client().read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            pair.client().close();
            reader.failure(AsynchronousCloseException.class);
        }
    }

    @Test
    void aChannelThatCannotSendSaysSoWhateverTheSize() throws Exception {
        ByteBuffer[] tooMuch = { ByteBuffer.allocate(1 << 22) };
        RecordPair pair = RecordPair.open();
        pair.close();
        assertThrows(ClosedChannelException.class, () -> pair.client().write(tooMuch));
        try (SocketChannel unconnected = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET)) {
            assertThrows(NotYetConnectedException.class, () -> unconnected.write(tooMuch));
        }
    }
}
