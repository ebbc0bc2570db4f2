// SPDX-License-Identifier: Apache-2.0
package io.niovsock.record;

import io.niovsock.testkit.Arena;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Payload;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Record operations with unusual buffers. */
class RecordBuffersTest {
    private static final int SIZE = 1000;

    static List<ThreadKind> threads() {
        return ThreadKind.available();
    }

    @Test
    void aBufferThatIsGivenTwiceIsTwoPartsOfARecord() throws Exception {
        try (RecordPair pair = RecordPair.open()) {
            ByteBuffer src = Streams.buffer("abc");
            assertEquals(7, pair.client().write(new ByteBuffer[] { src, Streams.buffer("-"), src }));
            assertEquals(3, src.position());
            assertEquals("abc-abc", RecordPair.read(pair.peer()));

            pair.client().write(Streams.buffer("abcdef"));
            ByteBuffer dst = ByteBuffer.allocate(3);
            assertEquals(6, pair.peer().read(new ByteBuffer[] { dst, dst }));
            assertEquals(3, dst.position());
            assertArrayEquals("def".getBytes(), dst.array());
        }
    }

    private static ByteBuffer allocate(Arena arena, byte[] bytes) throws Exception {
        return arena.allocate(bytes.length).put(bytes).flip();
    }

    private static Void exchange(SocketChannel from, SocketChannel to, Arena owner) throws Exception {
        byte[] bytes = Payload.random(51, SIZE);
        try (Arena arena = owner) {
            ByteBuffer src = allocate(arena, bytes);
            assertEquals(SIZE, from.write(src));
            assertEquals(SIZE, src.position());
            ByteBuffer dst = arena.allocate(SIZE);
            assertEquals(SIZE, to.read(dst));
            byte[] read = new byte[SIZE];
            dst.flip().get(read);
            assertArrayEquals(bytes, read);
        }
        return null;
    }

    /** Over the kernel's transport, another thread sends the records of a virtual thread. */
    @ParameterizedTest
    @MethodSource("threads")
    void aThreadUsesItsOwnArenaAndASharedOne(ThreadKind thread) throws Exception {
        Arena.require();
        try (RecordPair pair = RecordPair.open();
             Background<Void> confined = Background.start(thread,
                 () -> exchange(pair.client(), pair.peer(), Arena.confined()))) {
            confined.result();
            try (Background<Void> shared = Background.start(thread,
                () -> exchange(pair.client(), pair.peer(), Arena.shared()))) {
                shared.result();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void whatIsWrongWithABufferIsSaidAsItIs(ThreadKind thread) throws Exception {
        try (RecordPair pair = RecordPair.open(); Arena arena = Arena.confined()) {
            ByteBuffer src = allocate(arena, Payload.random(52, SIZE));
            try (Background<Integer> writer = Background.start(thread, () -> pair.client().write(src))) {
                assertInstanceOf(Class.forName("java.lang.WrongThreadException"), writer.failure());
            }
            Arena closed = Arena.shared();
            ByteBuffer freed = allocate(closed, Payload.random(53, SIZE));
            closed.close();
            try (Background<Integer> writer = Background.start(thread, () -> pair.client().write(freed))) {
                assertInstanceOf(IllegalStateException.class, writer.failure());
            }
            assertEquals(SIZE, pair.client().write(src), "the channel is as it was");
            assertEquals(SIZE, pair.peer().read(ByteBuffer.allocate(SIZE)), "and nothing else was sent");
        }
    }

    @Test
    void anArenaCannotBeClosedWhileAReadBlocks() throws Exception {
        try (RecordPair pair = RecordPair.open(); Arena arena = Arena.shared()) {
            ByteBuffer dst = arena.allocate(SIZE);
            try (Background<Integer> reader = Background.start(() -> pair.peer().read(dst))) {
                reader.awaitBlocked();
                assertThrows(IllegalStateException.class, arena::close);
                pair.client().write(Streams.buffer("kept"));
                assertEquals(4, reader.result());
            }
            assertEquals("kept", new String(new byte[] { dst.get(0), dst.get(1), dst.get(2), dst.get(3) }));
        }
    }
}
