// SPDX-License-Identifier: Apache-2.0
package io.niovsock.unanswered;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A close or an interrupt ends a connect that waits for an answer, by whichever method it waits. */
class EndedConnectTest {
    private static final int LONG_MILLIS = 3_600_000;

    /** The methods that wait. */
    enum Waiting {
        CONNECT {
            @Override
            boolean connect(SocketChannel channel, SilentGuest guest) throws IOException {
                return channel.connect(guest.address());
            }
        },
        FINISH_CONNECT {
            @Override
            void prepare(SocketChannel channel, SilentGuest guest) throws IOException {
                channel.configureBlocking(false);
                assertFalse(channel.connect(guest.address()));
                channel.configureBlocking(true);
            }

            @Override
            boolean connect(SocketChannel channel, SilentGuest guest) throws IOException {
                return channel.finishConnect();
            }
        },
        SOCKET_CONNECT {
            @Override
            boolean connect(SocketChannel channel, SilentGuest guest) throws IOException {
                channel.socket().connect(guest.address());
                return true;
            }
        },
        TIMED_SOCKET_CONNECT {
            @Override
            boolean connect(SocketChannel channel, SilentGuest guest) throws IOException {
                channel.socket().connect(guest.address(), LONG_MILLIS);
                return true;
            }
        };

        void prepare(SocketChannel channel, SilentGuest guest) throws IOException { }

        abstract boolean connect(SocketChannel channel, SilentGuest guest) throws IOException;

        boolean isOfTheSocket() {
            return this == SOCKET_CONNECT || this == TIMED_SOCKET_CONNECT;
        }
    }

    static Stream<Arguments> ways() {
        return Arrays.stream(Waiting.values())
            .flatMap(waiting -> Stream.of(ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK)
                .flatMap(channel -> ThreadKind.available().stream()
                    .map(thread -> Arguments.of(waiting, channel, thread))));
    }

    @BeforeAll
    static void isHost() {
        SilentGuest.skipUnlessHost();
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("ways")
    void aCloseEndsIt(Waiting waiting, ChannelKind kind, ThreadKind thread) throws Exception {
        try (SilentGuest guest = new SilentGuest(); SocketChannel channel = kind.openClient()) {
            waiting.prepare(channel, guest);
            try (Background<Boolean> connecting = Background.start(thread, () -> waiting.connect(channel, guest))) {
                connecting.awaitBlocked();
                channel.close();
                Throwable failure = connecting.failure();
                if (waiting.isOfTheSocket())
                    assertTrue(failure instanceof SocketException || failure instanceof AsynchronousCloseException,
                        failure::toString);
                else
                    assertEquals(AsynchronousCloseException.class, failure.getClass(), failure::toString);
                assertFalse(connecting.wasInterruptedAtEnd());
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("ways")
    void anInterruptEndsItAndClosesTheChannel(Waiting waiting, ChannelKind kind, ThreadKind thread) throws Exception {
        try (SilentGuest guest = new SilentGuest(); SocketChannel channel = kind.openClient()) {
            waiting.prepare(channel, guest);
            try (Background<Boolean> connecting = Background.start(thread, () -> waiting.connect(channel, guest))) {
                connecting.awaitBlocked();
                connecting.interrupt();
                assertInterrupted(channel, connecting);
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("ways")
    void anInterruptBeforeItEndsItAtOnce(Waiting waiting, ChannelKind kind, ThreadKind thread) throws Exception {
        try (SilentGuest guest = new SilentGuest(); SocketChannel channel = kind.openClient()) {
            waiting.prepare(channel, guest);
            try (Background<Boolean> connecting = Background.start(thread, () -> {
                Thread.currentThread().interrupt();
                return waiting.connect(channel, guest);
            })) {
                assertInterrupted(channel, connecting);
            }
        }
    }

    private static void assertInterrupted(SocketChannel channel, Background<Boolean> connecting) {
        assertInstanceOf(ClosedByInterruptException.class, connecting.failure());
        assertTrue(connecting.wasInterruptedAtEnd());
        assertFalse(channel.isOpen());
    }
}
