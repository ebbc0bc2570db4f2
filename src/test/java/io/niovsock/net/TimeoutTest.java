// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code SO_TIMEOUT}: the limit of a read or an accept. */
class TimeoutTest {
    private static final int SHORT_MILLIS = 30;

    @ForEachSocketAndThread
    void a_read_has_its_time_and_can_be_repeated(SocketKind kind, ThreadKind thread) throws IOException {
        try (SocketPair pair = SocketPair.of(kind);
             Background<Integer> reader = Background.start(thread, () -> {
                 pair.client().setSoTimeout(SHORT_MILLIS);
                 long start = System.nanoTime();
                 SocketTimeoutException late =
                     assertThrows(SocketTimeoutException.class, () -> pair.client().getInputStream().read());
                 assertTrue(System.nanoTime() - start >= SHORT_MILLIS * 1_000_000L, "too early");
                 assertEquals("Read timed out", late.getMessage());
                 pair.client().setSoTimeout(0);
                 pair.peer().getOutputStream().write(5);
                 return pair.client().getInputStream().read();
             })) {
            assertEquals(5, reader.result());
        }
    }

    @ForEachSocketAndThread
    void an_accept_has_its_time_and_can_be_repeated(SocketKind kind, ThreadKind thread) throws IOException {
        try (ServerSocket server = kind.listen();
             Socket client = kind.open();
             Background<Socket> acceptor = Background.start(thread, () -> {
                 server.setSoTimeout(SHORT_MILLIS);
                 assertEquals("Accept timed out",
                     assertThrows(SocketTimeoutException.class, server::accept).getMessage());
                 server.setSoTimeout(0);
                 client.connect(server.getLocalSocketAddress());
                 return server.accept();
             })) {
            try (Socket peer = acceptor.result()) {
                assertEquals(0, peer.getSoTimeout(), "the timeout of the listener is its own");
                peer.getOutputStream().write(6);
                assertEquals(6, client.getInputStream().read());
            }
        }
    }

    /** So do those of the JDK. */
    @ForEachSocketAndThread
    void an_accept_has_its_time_while_another_waits(SocketKind kind, ThreadKind thread) throws IOException {
        try (ServerSocket server = kind.listen();
             Background<Socket> waiting = Background.start(thread, server::accept)) {
            waiting.awaitBlocked();
            server.setSoTimeout(SHORT_MILLIS);
            try (Background<?> second = Background.start(thread, server::accept)) {
                assertEquals("Accept timed out", second.failure(SocketTimeoutException.class).getMessage());
            }
            assertFalse(waiting.isDone(), "the first has no limit");
            server.close();
            waiting.failure(SocketException.class);
        }
    }

    /** Those of the JDK do so since 26. */
    @ParameterizedTest
    @MethodSource("io.niovsock.testkit.ThreadKind#available")
    void a_read_has_its_time_while_another_waits(ThreadKind thread) throws IOException {
        try (SocketPair pair = SocketPair.of(SocketKind.VSOCK);
             Background<Integer> waiting = Background.start(thread, pair.client().getInputStream()::read)) {
            waiting.awaitBlocked();
            pair.client().setSoTimeout(SHORT_MILLIS);
            try (Background<?> second = Background.start(thread, pair.client().getInputStream()::read)) {
                assertEquals("Read timed out", second.failure(SocketTimeoutException.class).getMessage());
            }
            pair.peer().getOutputStream().write(9);
            assertEquals(9, waiting.result(), "the first has no limit");
        }
    }

    @ForEachSocket
    void what_is_there_is_read_in_no_time(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind)) {
            pair.peer().getOutputStream().write(8);
            pair.client().setSoTimeout(600_000);
            assertEquals(8, pair.client().getInputStream().read());
        }
    }
}
