// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Unlike a channel, a socket ignores the interrupt of a platform thread. The interrupt of a virtual thread closes it.
 */
class InterruptTest {
    @ForEachSocket
    void a_read_goes_on(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind);
             Background<Integer> reader = Background.start(() -> pair.client().getInputStream().read())) {
            reader.awaitBlocked();
            reader.interrupt();
            reader.awaitBlocked();
            pair.peer().getOutputStream().write(9);
            assertEquals(9, reader.result());
            assertTrue(reader.wasInterruptedAtEnd());
            assertFalse(pair.client().isClosed());
        }
    }

    @ForEachSocket
    void an_accept_goes_on(SocketKind kind) throws IOException {
        try (ServerSocket server = kind.listen(); Socket client = kind.open();
             Background<Socket> acceptor = Background.start(server::accept)) {
            acceptor.awaitBlocked();
            acceptor.interrupt();
            client.connect(server.getLocalSocketAddress());
            acceptor.result().close();
            assertTrue(acceptor.wasInterruptedAtEnd());
        }
    }

    @ForEachSocket
    void an_interrupted_thread_can_still_talk(SocketKind kind) throws IOException {
        try (ServerSocket server = kind.listen();
             Background<Integer> talker = Background.start(() -> {
                 Thread.currentThread().interrupt();
                 try (Socket client = kind.open()) {
                     client.connect(server.getLocalSocketAddress(), 60_000);
                     try (Socket peer = server.accept()) {
                         peer.setSoTimeout(60_000);
                         client.getOutputStream().write(3);
                         return peer.getInputStream().read();
                     }
                 }
             })) {
            assertEquals(3, talker.result());
            assertTrue(talker.wasInterruptedAtEnd());
        }
    }

    @ForEachSocket
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
    void a_virtual_reader_closes_its_socket(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind);
             Background<Integer> reader = Background.start(ThreadKind.VIRTUAL,
                 () -> pair.client().getInputStream().read())) {
            reader.awaitBlocked();
            reader.interrupt();
            assertEquals("Closed by interrupt", reader.failure(SocketException.class).getMessage());
            assertTrue(pair.client().isClosed());
        }
    }

    @ForEachSocket
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
    void an_interrupted_virtual_thread_can_talk_without_waiting(SocketKind kind) throws IOException {
        try (SocketPair pair = SocketPair.of(kind);
             Background<Integer> talker = Background.start(ThreadKind.VIRTUAL, () -> {
                 pair.peer().getOutputStream().write(3);
                 pair.client().getInputStream().read();
                 pair.peer().getOutputStream().write(4);
                 Thread.currentThread().interrupt();
                 pair.client().getOutputStream().write(5);
                 return pair.client().getInputStream().read();
             })) {
            assertEquals(4, talker.result());
            assertFalse(pair.client().isClosed());
        }
    }

    @ForEachSocket
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
    void a_virtual_connector_closes_its_socket(SocketKind kind) throws IOException {
        try (ServerSocket server = kind.listen(); Socket client = kind.open();
             Background<Void> connector = Background.start(ThreadKind.VIRTUAL, () -> {
                 Thread.currentThread().interrupt();
                 client.connect(server.getLocalSocketAddress());
                 return null;
             })) {
            assertEquals("Closed by interrupt", connector.failure(SocketException.class).getMessage());
            assertTrue(client.isClosed());
        }
    }

    @ForEachSocket
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21")
    void a_virtual_acceptor_closes_its_server_socket(SocketKind kind) throws IOException {
        try (ServerSocket server = kind.listen();
             Background<Socket> acceptor = Background.start(ThreadKind.VIRTUAL, server::accept)) {
            acceptor.awaitBlocked();
            acceptor.interrupt();
            assertEquals("Closed by interrupt", acceptor.failure(SocketException.class).getMessage());
            assertTrue(server.isClosed());
        }
    }
}
