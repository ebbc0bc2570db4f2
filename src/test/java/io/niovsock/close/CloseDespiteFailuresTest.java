// SPDX-License-Identifier: Apache-2.0
package io.niovsock.close;

import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.CProgram;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.OpenSockets;
import io.niovsock.testkit.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The system calls of a close or a shutdown fail. Nothing stays open nevertheless, and no thread stays blocked. */
class CloseDespiteFailuresTest {
    @Test
    void everythingIsReleased(@TempDir Path folder) throws Exception {
        Path mark = folder.resolve("failing");
        String preloaded = System.getenv().getOrDefault("LD_PRELOAD", ""); // a sanitizer's library must come first
        ChildJvm.of(Closing.class).arguments(mark)
            .under("env", "FAILING_CALLS=" + mark, "LD_PRELOAD=" + preloaded + " " + CProgram.library("failing_calls"))
            .run().succeeded();
    }

    static final class Closing {
        private static Path mark;

        public static void main(String[] args) throws Exception {
            mark = Path.of(args[0]);
            Pair.of(ChannelKind.DEFERRED_VSOCK).close(); // descriptors that a JVM opens once and keeps
            decideWithOptions();
            for (ChannelKind kind : new ChannelKind[] { ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK }) {
                Pair.of(kind).close();
                TreeMap<Integer, String> before = OpenSockets.now();
                closeConnected(kind);
                closeWithSocket(kind);
                closeWhileReading(kind);
                closeWhileAccepting(kind);
                shutdown(kind);
                OpenSockets.awaitNoneBut(before);
            }
        }

        private interface Action {
            void run() throws Exception;
        }

        private static void whileCallsFail(Action action) throws Exception {
            Files.createFile(mark);
            try {
                action.run();
            } finally {
                Files.delete(mark);
            }
        }

        /** If an option cannot be carried over, the channel is closed: a program must not get a part of its options. */
        private static void decideWithOptions() throws Exception {
            TreeMap<Integer, String> before = OpenSockets.now();
            for (NetworkChannel channel : List.of(ServerSocketChannel.open(), SocketChannel.open())) {
                channel.setOption(VsockSocketOptions.BUFFER_SIZE, 65_536L);
                whileCallsFail(() -> assertThrows(IOException.class,
                    () -> channel.bind(ChannelKind.VSOCK.freeEndpoint())));
                assertFalse(channel.isOpen());
            }
            OpenSockets.awaitNoneBut(before);
        }

        private static void closeConnected(ChannelKind kind) throws Exception {
            Pair pair = Pair.of(kind);
            whileCallsFail(pair::close);
            assertFalse(pair.client().isOpen());
        }

        /**
         * A closed socket still returns its address. The close asks the kernel for it, and must not fail if that fails.
         */
        private static void closeWithSocket(ChannelKind kind) throws Exception {
            Pair pair = Pair.of(kind);
            pair.client().socket();
            pair.peer().socket();
            whileCallsFail(pair::close);
        }

        private static void closeWhileReading(ChannelKind kind) throws Exception {
            try (Pair pair = Pair.of(kind);
                 Background<Integer> reader = Background.start(() -> pair.client().read(ByteBuffer.allocate(1)))) {
                reader.awaitBlocked();
                whileCallsFail(() -> {
                    pair.client().close();
                    reader.failure(AsynchronousCloseException.class);
                });
                assertEquals(-1, pair.peer().read(ByteBuffer.allocate(1)), "the peer sees the end");
            }
        }

        private static void closeWhileAccepting(ChannelKind kind) throws Exception {
            try (ServerSocketChannel server = kind.listen();
                 Background<SocketChannel> acceptor = Background.start(server::accept)) {
                acceptor.awaitBlocked();
                whileCallsFail(() -> {
                    server.close();
                    acceptor.failure(AsynchronousCloseException.class);
                });
            }
        }

        /** A shutdown that failed has no effect, and can be repeated. */
        private static void shutdown(ChannelKind kind) throws Exception {
            try (Pair pair = Pair.of(kind)) {
                whileCallsFail(() -> {
                    assertThrows(IOException.class, pair.client()::shutdownInput);
                    assertThrows(IOException.class, pair.client()::shutdownOutput);
                });
                assertFalse(pair.client().socket().isOutputShutdown());
                pair.client().write(ByteBuffer.allocate(1));
                pair.client().shutdownOutput();
                assertTrue(pair.client().socket().isOutputShutdown());
                assertEquals(1, pair.peer().read(ByteBuffer.allocate(2)));
                assertEquals(-1, pair.peer().read(ByteBuffer.allocate(2)));
            }
        }
    }
}
