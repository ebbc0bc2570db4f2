// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Background;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A connect that waits for the monitor's answer, or for room in its backlog, is ended by a close or an interrupt. */
class BlockedConnectTest {
    private static final int SILENT_PORT = 5001;

    @TempDir
    private Path folder;

    /** What the connect waits for. */
    enum Phase {
        BACKLOG {
            @Override
            Guest start(Path folder) throws Exception {
                return Guest.startLater(folder);
            }
        },
        ANSWER {
            @Override
            Guest start(Path folder) throws Exception {
                Guest guest = Guest.start(folder);
                guest.device().script(SILENT_PORT, (host, port, reply) -> { });
                return guest;
            }
        };

        abstract Guest start(Path folder) throws Exception;
    }

    static Stream<Arguments> phasesAndThreads() {
        return Stream.of(Phase.values())
            .flatMap(phase -> ThreadKind.available().stream().map(thread -> Arguments.of(phase, thread)));
    }

    /** A connect that has been blocked for a moment. */
    private interface Check {
        void run(SocketChannel client, Background<Boolean> connector) throws Exception;
    }

    private void assertWhileConnecting(Phase phase, ThreadKind thread, Check check) throws Exception {
        List<SocketChannel> waiting = new ArrayList<>();
        try (Guest guest = phase.start(folder); SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
            if (phase == Phase.BACKLOG)
                waiting.addAll(SelectedConnectTest.fillBacklog(guest));
            try (Background<Boolean> connector =
                     Background.start(thread, () -> client.connect(guest.endpoint(SILENT_PORT)))) {
                Await.until(() -> "not pending", client::isConnectionPending);
                if (phase == Phase.ANSWER || thread == ThreadKind.PLATFORM)
                    connector.awaitBlocked(); // in a pause, a virtual thread is parked without a socket
                check.run(client, connector);
                assertFalse(client.isOpen());
            }
        } finally {
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("phasesAndThreads")
    void aCloseEndsTheConnect(Phase phase, ThreadKind thread) throws Exception {
        assertWhileConnecting(phase, thread, (client, connector) -> {
            client.close();
            connector.failure(AsynchronousCloseException.class);
        });
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("phasesAndThreads")
    void anInterruptEndsTheConnect(Phase phase, ThreadKind thread) throws Exception {
        assertWhileConnecting(phase, thread, (client, connector) -> {
            connector.interrupt();
            connector.failure(ClosedByInterruptException.class);
            assertTrue(connector.wasInterruptedAtEnd());
        });
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("phasesAndThreads")
    void aTimeoutEndsTheConnect(Phase phase, ThreadKind thread) throws Exception {
        List<SocketChannel> waiting = new ArrayList<>();
        try (Guest guest = phase.start(folder); Socket socket = VsockSocketFactory.getDefault().createSocket()) {
            if (phase == Phase.BACKLOG)
                waiting.addAll(SelectedConnectTest.fillBacklog(guest));
            try (Background<Void> connector = Background.start(thread, () -> {
                socket.connect(guest.endpoint(SILENT_PORT), 100);
                return null;
            })) {
                connector.failure(SocketTimeoutException.class);
            }
        } finally {
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }

    /** A program whose interrupt status is set, and a socket of java.net, which ignores it on a platform thread. */
    @Test
    void anIgnoredInterruptLetsTheConnectGoOn() throws Exception {
        List<SocketChannel> waiting = new ArrayList<>();
        try (Guest guest = Guest.startLater(folder); Socket socket = VsockSocketFactory.getDefault().createSocket()) {
            waiting.addAll(SelectedConnectTest.fillBacklog(guest));
            try (Background<Void> connector = Background.start(ThreadKind.PLATFORM, () -> {
                socket.connect(guest.endpoint());
                return null;
            })) {
                connector.awaitBlocked();
                connector.interrupt();
                guest.device().startAccepting();
                connector.result();
                assertTrue(connector.wasInterruptedAtEnd());
            }
        } finally {
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }

    static Stream<ThreadKind> threads() {
        return ThreadKind.available().stream();
    }

    @ParameterizedTest
    @MethodSource("threads")
    void aConnectWaitsForTheBacklog(ThreadKind thread) throws Exception {
        List<SocketChannel> waiting = new ArrayList<>();
        try (Guest guest = Guest.startLater(folder)) {
            waiting.addAll(SelectedConnectTest.fillBacklog(guest));
            try (Background<SocketChannel> connector =
                     Background.start(thread, () -> SocketChannel.open(guest.endpoint()))) {
                if (thread == ThreadKind.PLATFORM)
                    connector.awaitBlocked(); // a virtual thread waits without a poller
                assertFalse(connector.isDone());
                guest.device().startAccepting();
                try (Pair pair = new Pair(connector.result(), guest.device().accept(Guest.PORT))) {
                    Streams.assertConnected(pair);
                }
            }
        } finally {
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }

    @ParameterizedTest
    @MethodSource("threads")
    void manyThreadsConnectAtOnce(ThreadKind thread) throws Exception {
        List<Background<SocketChannel>> connectors = new ArrayList<>();
        try (Guest guest = Guest.start(folder)) {
            for (int i = 0; i < 200; i++)
                connectors.add(Background.start(thread, () -> SocketChannel.open(guest.endpoint())));
            for (Background<SocketChannel> connector : connectors)
                connector.result().close();
            for (int i = 0; i < 200; i++)
                guest.device().accept(Guest.PORT).close();
        } finally {
            for (Background<SocketChannel> connector : connectors)
                connector.close();
        }
    }

    @Test
    void aConnectThatFailsInTheBacklogIsRefused() throws Exception {
        List<SocketChannel> waiting = new ArrayList<>();
        try (Guest guest = Guest.startLater(folder)) {
            waiting.addAll(SelectedConnectTest.fillBacklog(guest));
            try (Background<SocketChannel> connector = Background.start(() -> SocketChannel.open(guest.endpoint()))) {
                connector.awaitBlocked();
                guest.device().die();
                connector.failure(java.net.NoRouteToHostException.class);
            }
            assertFails(java.net.NoRouteToHostException.class, () -> SocketChannel.open(guest.endpoint()));
        } finally {
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }
}
