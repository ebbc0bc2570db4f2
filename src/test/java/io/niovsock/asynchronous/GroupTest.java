// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalChannelGroupException;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.failureOf;
import static io.niovsock.asynchronous.Outcome.resultOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Groups that are shut down, and terminate. */
class GroupTest {
    private static AsynchronousChannelGroup open(AsynchronousKind kind, int threads) throws IOException {
        return kind.openGroup(threads, Executors.defaultThreadFactory());
    }

    private static void awaitEnd(AsynchronousChannelGroup group) throws InterruptedException {
        assertTrue(group.awaitTermination(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS), "not terminated");
        assertTrue(group.isTerminated() && group.isShutdown());
    }

    @ForEachAsynchronousKind
    void anEmptyGroupTerminatesAtOnce(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = open(kind, 2);
        assertFalse(group.isShutdown() || group.isTerminated());
        group.shutdown();
        group.shutdown();
        awaitEnd(group);
        if (kind == AsynchronousKind.PLATFORM)
            return; // JDK 17 leaks the sockets
        assertThrows(ShutdownChannelGroupException.class, () -> kind.openClient(group));
        assertThrows(ShutdownChannelGroupException.class, () -> kind.openServer(group));
    }

    @ForEachAsynchronousKind
    void aGroupTerminatesWithItsLastChannel(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = open(kind, 1);
        AsynchronousPair pair = AsynchronousPair.of(kind, group);
        group.shutdown();
        assertTrue(group.isShutdown());
        pair.assertConnected();
        Outcome<Integer> read = new Outcome<>();
        pair.peer().read(ByteBuffer.allocate(1), ATTACHMENT, read);
        AsynchronousPair.send(pair.client(), "1");
        assertEquals(1, read.value());
        pair.client().close();
        assertFalse(group.awaitTermination(1, TimeUnit.MILLISECONDS));
        Outcome<Integer> last = new Outcome<>();
        pair.peer().read(ByteBuffer.allocate(1), ATTACHMENT, last);
        last.thread();
        assertFalse(group.isTerminated());
        pair.peer().close();
        awaitEnd(group);
    }

    /** A channel that is undecided when its group is shut down can still connect. */
    @ForEachAsynchronousKind
    void anUndecidedChannelKeepsItsGroup(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = open(kind, 1);
        try (AsynchronousServerSocketChannel server = kind.listen(null);
             AsynchronousSocketChannel client = kind.openClient(group)) {
            group.shutdown();
            assertFalse(group.awaitTermination(1, TimeUnit.MILLISECONDS));
            Future<AsynchronousSocketChannel> accepted = server.accept();
            Outcome<Void> connected = new Outcome<>();
            client.connect(server.getLocalAddress(), ATTACHMENT, connected);
            connected.value();
            resultOf(accepted).close();
            assertFalse(group.isTerminated());
        }
        awaitEnd(group);
    }

    @ForEachAsynchronousKind
    void shutdownNowClosesEverything(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = open(kind, 2);
        AsynchronousServerSocketChannel server = kind.listen(group);
        AsynchronousSocketChannel undecided = kind.openClient(group);
        AsynchronousPair pair = AsynchronousPair.of(kind, group);
        Outcome<AsynchronousSocketChannel> accept = new Outcome<>();
        server.accept(ATTACHMENT, accept);
        Outcome<Integer> read = new Outcome<>();
        pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, read);
        AsynchronousPair halfOutside = AsynchronousPair.of(kind, kind.openClient(group), null);
        Future<Integer> future = halfOutside.client().read(ByteBuffer.allocate(1));
        group.shutdownNow();
        accept.failure(AsynchronousCloseException.class);
        read.thread();
        failureOf(future, AsynchronousCloseException.class);
        assertFalse(server.isOpen() || undecided.isOpen() || pair.client().isOpen() || pair.peer().isOpen());
        awaitEnd(group);
        group.shutdownNow();
        halfOutside.close();
    }

    @ForEachAsynchronousKind
    void operationsAfterTheEndFail(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = open(kind, 1);
        AsynchronousPair pair = AsynchronousPair.of(kind, group);
        group.shutdownNow();
        awaitEnd(group);
        failureOf(pair.client().read(ByteBuffer.allocate(1)), ClosedChannelException.class);
        assertThrows(ShutdownChannelGroupException.class,
            () -> pair.client().read(ByteBuffer.allocate(1), ATTACHMENT, new Outcome<>()));
    }

    @ForEachAsynchronousKind
    void aListenerOfAGroupThatIsShutDownAcceptsNothing(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = open(kind, 1);
        try (AsynchronousServerSocketChannel server = kind.listen(group);
             AsynchronousSocketChannel client = kind.openClient(null)) {
            Outcome<AsynchronousSocketChannel> waiting = new Outcome<>();
            server.accept(ATTACHMENT, waiting);
            group.shutdown();
            resultOf(client.connect(server.getLocalAddress()));
            Throwable failure = waiting.failure(IOException.class);
            assertInstanceOf(ShutdownChannelGroupException.class, failure.getCause());
            assertEquals(-1, resultOf(client.read(ByteBuffer.allocate(1))));
        }
        awaitEnd(group);
    }

    @Test
    void aGroupOfAnotherProviderIsRefused() throws Exception {
        AsynchronousChannelGroup group = open(AsynchronousKind.PLATFORM, 1);
        assertThrows(IllegalChannelGroupException.class, () -> AsynchronousKind.TCP.openClient(group));
        assertThrows(IllegalChannelGroupException.class, () -> AsynchronousKind.VSOCK.openServer(group));
        group.shutdownNow();
        awaitEnd(group);
    }

    @Test
    void tcpAndVsockShareAGroup() throws Exception {
        AsynchronousChannelGroup group = open(AsynchronousKind.VSOCK, 1);
        AsynchronousPair tcp = AsynchronousPair.of(AsynchronousKind.TCP, group);
        AsynchronousPair vsock = AsynchronousPair.of(AsynchronousKind.VSOCK, group);
        Outcome<Integer> overTcp = new Outcome<>();
        tcp.peer().read(ByteBuffer.allocate(1), ATTACHMENT, overTcp);
        Outcome<Integer> overVsock = new Outcome<>();
        vsock.peer().read(ByteBuffer.allocate(1), ATTACHMENT, overVsock);
        AsynchronousPair.send(tcp.client(), "1");
        AsynchronousPair.send(vsock.client(), "1");
        assertEquals(overTcp.thread(), overVsock.thread());
        group.shutdown();
        vsock.close();
        assertFalse(group.awaitTermination(1, TimeUnit.MILLISECONDS));
        tcp.assertConnected();
        tcp.close();
        awaitEnd(group);
    }

    /** A proxy: a handler of the one channel begins operations of the other. */
    @Test
    void handlersOfTcpUseVsockAndTheReverse() throws Exception {
        AsynchronousChannelGroup group = open(AsynchronousKind.VSOCK, 1);
        for (AsynchronousChannelGroup used : new AsynchronousChannelGroup[] { null, group }) {
            try (AsynchronousPair tcp = AsynchronousPair.of(AsynchronousKind.TCP, used);
                 AsynchronousPair vsock = AsynchronousPair.of(AsynchronousKind.VSOCK, used)) {
                forward(tcp.peer(), vsock.client());
                forward(vsock.client(), tcp.peer());
                for (int i = 0; i < 200; i++) {
                    AsynchronousPair.send(tcp.client(), "there");
                    assertEquals("there", AsynchronousPair.receive(vsock.peer(), 5));
                    AsynchronousPair.send(vsock.peer(), "back");
                    assertEquals("back", AsynchronousPair.receive(tcp.client(), 4));
                }
            }
        }
        group.shutdownNow();
        awaitEnd(group);
    }

    private static void forward(AsynchronousSocketChannel from, AsynchronousSocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        from.read(buffer, null, new IgnoringHandler() {
            @Override
            public void completed(Integer n, Object none) {
                if (n < 0)
                    return;
                to.write(buffer.flip(), null, new IgnoringHandler() {
                    @Override
                    public void completed(Integer written, Object alsoNone) {
                        forward(from, to);
                    }
                });
            }
        });
    }

    /** The channels are closed in the end, while it reads. */
    private interface IgnoringHandler extends Handler<Integer> {
        @Override
        default void failed(Throwable closed, Object none) { }
    }

    @ForEachAsynchronousKind
    void twoGroupsDoNotMeet(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup one = open(kind, 1);
        AsynchronousChannelGroup other = open(kind, 1);
        AsynchronousPair ofOne = AsynchronousPair.of(kind, one);
        AsynchronousPair ofOther = AsynchronousPair.of(kind, other);
        one.shutdownNow();
        awaitEnd(one);
        assertFalse(ofOne.client().isOpen());
        ofOther.assertConnected();
        Outcome<Integer> read = new Outcome<>();
        ofOther.peer().read(ByteBuffer.allocate(1), ATTACHMENT, read);
        AsynchronousPair.send(ofOther.client(), "1");
        assertEquals(1, read.value());
        other.shutdownNow();
        awaitEnd(other);
    }

    /**
     * An operation that waits has one outcome, and the group always terminates. The platform's groups can lose the
     * outcome of an operation that begins while their last threads end.
     */
    @ForEachAsynchronousKind
    void aShutdownRacesWithEverything(AsynchronousKind kind) throws Exception {
        for (int i = 0; i < Machine.rounds(150); i++) {
            AsynchronousChannelGroup group = open(kind, 2);
            AsynchronousServerSocketChannel server = kind.listen(group);
            Outcome<AsynchronousSocketChannel> accept = new Outcome<>();
            server.accept(ATTACHMENT, accept);
            AsynchronousSocketChannel client = kind.openClient(group);
            CyclicBarrier start = new CyclicBarrier(2);
            try (Background<Void> connecting = Background.start(() -> connect(client, server, start))) {
                start.await();
                if (i % 3 == 0)
                    Thread.yield();
                group.shutdownNow();
                connecting.result();
            }
            accept.thread();
            awaitEnd(group);
        }
    }

    private static Void connect(AsynchronousSocketChannel client, AsynchronousServerSocketChannel server,
                                         CyclicBarrier start) throws Exception {
        SocketAddress destination = server.getLocalAddress();
        start.await();
        try {
            client.connect(destination, ATTACHMENT, new Outcome<>());
        } catch (ShutdownChannelGroupException terminated) {
            // too late
        }
        return null;
    }

    /** No thread of the group, and none of this library's for it, outlives the group. */
    @ForEachAsynchronousKind
    void noThreadIsLeft(AsynchronousKind kind) throws Exception {
        Set<Thread> before = readinessThreads(); // one may be ending
        AsynchronousChannelGroup group = open(kind, 3);
        AsynchronousPair pair = AsynchronousPair.of(kind, group);
        Future<Integer> read = pair.client().read(ByteBuffer.allocate(1));
        group.shutdown();
        pair.close();
        assertThrows(ExecutionException.class, () -> resultOf(read));
        awaitEnd(group);
        Await.until(() -> "threads that wait for readiness: " + readinessThreads(),
            () -> before.containsAll(readinessThreads()));
    }

    private static Set<Thread> readinessThreads() {
        return Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("nio-vsock readiness")).collect(Collectors.toSet());
    }
}
