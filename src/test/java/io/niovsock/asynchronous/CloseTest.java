// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.failureOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Channels that are closed while operations wait. */
class CloseTest {
    @ForEachAsynchronousKind
    void aReadThatWaitsFails(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Future<Integer> future = pair.client().read(ByteBuffer.allocate(1));
            pair.client().close();
            failureOf(future, AsynchronousCloseException.class);
            Outcome<Integer> handled = new Outcome<>();
            pair.peer().read(ByteBuffer.allocate(0), ATTACHMENT, handled);
            assertEquals(0, handled.value());
        }
    }

    /** The closing thread calls no handler: it may hold a lock that the handler needs. */
    @ForEachAsynchronousKind
    void anotherThreadTellsTheHandler(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> read = new Outcome<>();
            pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, read);
            Outcome<Integer> write = AsynchronousPair.fill(pair.client());
            pair.client().close();
            read.failure(AsynchronousCloseException.class);
            AsynchronousPair.assertEndedByClose(kind, write);
            assertNotEquals(Thread.currentThread(), read.thread());
            pair.client().close();
        }
    }

    @ForEachAsynchronousKind
    void anAcceptThatWaitsFails(AsynchronousKind kind) throws Exception {
        try (AsynchronousServerSocketChannel server = kind.listen(null)) {
            Outcome<AsynchronousSocketChannel> accept = new Outcome<>();
            server.accept(ATTACHMENT, accept);
            server.close();
            accept.failure(AsynchronousCloseException.class);
            failureOf(server.accept(), ClosedChannelException.class);
        }
    }

    @ForEachAsynchronousKind
    void aHandlerCanCloseItsChannel(AsynchronousKind kind) throws Exception {
        try (AsynchronousPair pair = AsynchronousPair.of(kind)) {
            Outcome<Integer> read = new Outcome<>();
            pair.client().read(ByteBuffer.allocate(1), null, new Handler<>() {
                @Override
                public void completed(Integer n, Object none) {
                    try {
                        pair.client().close();
                        read.completed(n, ATTACHMENT);
                    } catch (IOException e) {
                        read.failed(e, ATTACHMENT);
                    }
                }
            });
            AsynchronousPair.send(pair.peer(), "1");
            assertEquals(1, read.value());
        }
    }

    /** Every operation has one outcome, and no descriptor is left. */
    @ForEachAsynchronousKind
    void aCloseRacesWithOperationsThatBegin(AsynchronousKind kind) throws Exception {
        for (int i = 0; i < Machine.rounds(300); i++) {
            CyclicBarrier start = new CyclicBarrier(3);
            try (AsynchronousPair pair = AsynchronousPair.of(kind);
                 Background<Outcome<Integer>> reader = Background.start(() -> {
                     Outcome<Integer> read = new Outcome<>();
                     start.await();
                     pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, read);
                     return read;
                 });
                 Background<Future<Integer>> writer = Background.start(() -> {
                     start.await();
                     return pair.client().write(ByteBuffer.allocate(1 << 20));
                 })) {
                start.await();
                if (i % 2 == 0)
                    Thread.onSpinWait();
                else
                    Thread.yield();
                pair.client().close();
                ExecutionException closed = assertFails(reader.result());
                assertInstanceOf(ClosedChannelException.class, closed.getCause());
                try {
                    Outcome.resultOf(writer.result());
                } catch (ExecutionException e) {
                    assertInstanceOf(ClosedChannelException.class, e.getCause());
                }
            }
        }
    }

    private static ExecutionException assertFails(Outcome<?> outcome) throws Exception {
        outcome.thread();
        return assertThrows(ExecutionException.class, outcome::value);
    }

    @ForEachAsynchronousKind
    void aCloseRacesWithAConnect(AsynchronousKind kind) throws Exception {
        try (AsynchronousServerSocketChannel server = kind.listen(null)) {
            for (int i = 0; i < Machine.rounds(300); i++) {
                CyclicBarrier start = new CyclicBarrier(2);
                try (AsynchronousSocketChannel client = kind.openClient(null);
                     Background<Outcome<Void>> connecting = Background.start(() -> {
                         Outcome<Void> connect = new Outcome<>();
                         start.await();
                         client.connect(server.getLocalAddress(), ATTACHMENT, connect);
                         return connect;
                     })) {
                    start.await();
                    client.close();
                    Outcome<Void> connect = connecting.result();
                    connect.thread();
                    try {
                        connect.value();
                        Outcome.resultOf(server.accept()).close();
                    } catch (ExecutionException e) {
                        assertInstanceOf(ClosedChannelException.class, e.getCause());
                    }
                }
            }
        }
    }
}
