// SPDX-License-Identifier: Apache-2.0
package io.niovsock.stress;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.ThreadKind;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Another thread closes channels in which virtual threads are about to park, or have just parked. The JDK's poller,
 * which serves every channel of the JVM, must survive: JDK 21's ends at the first number that it cannot add. The long
 * form: {@code -Dniovsock.stress.seconds=600 -Djunit.jupiter.execution.timeout.mode=disabled}.
 */
@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "no virtual threads: use JDK 21 or later")
class PollerAfterCloseTest {
    private static final int ROUNDS = Machine.rounds(8000);
    private static final long SECONDS = Long.getLong("niovsock.stress.seconds", 0);

    @ParameterizedTest
    @EnumSource(names = {"VSOCK", "DEFERRED_VSOCK"})
    void aCloseInTheMiddleOfAParkLeavesThePollerAlive(ChannelKind kind) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        try (ServerSocketChannel server = kind.listen()) {
            for (int round = 0; round < ROUNDS || System.nanoTime() - end < 0; round++) {
                closeWhileParking(kind, server);
                if (round % 500 == 0)
                    assertPollerLives(ChannelKind.JDK_TCP);
            }
        }
        assertPollerLives(ChannelKind.JDK_TCP);
        assertPollerLives(kind);
    }

    private static void closeWhileParking(ChannelKind kind, ServerSocketChannel server) throws Exception {
        SocketChannel client = kind.openClient();
        client.connect(server.getLocalAddress());
        try (Pair pair = new Pair(client, server.accept());
             Background<Void> reader = Background.start(ThreadKind.VIRTUAL, () -> readToTheEnd(client))) {
            for (int i = ThreadLocalRandom.current().nextInt(20_000); i > 0; i--)
                Thread.onSpinWait();
            pair.client().close();
            reader.result();
        }
    }

    private static Void readToTheEnd(SocketChannel channel) throws Exception {
        try {
            channel.read(ByteBuffer.allocate(1));
        } catch (ClosedChannelException beforeOrMeanwhile) {
            return null;
        }
        return null;
    }

    private static void assertPollerLives(ChannelKind kind) throws Exception {
        try (Pair pair = Pair.of(kind);
             Background<Integer> reader = Background.start(ThreadKind.VIRTUAL,
                 () -> pair.client().read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            pair.peer().write(ByteBuffer.allocate(1));
            assertEquals(1, reader.result(), "a virtual thread that waits for a socket is woken by its data");
        }
    }
}
