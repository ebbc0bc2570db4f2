// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Machine;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.resultOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Many channels that are idle, each with a read that waits. */
class ManyChannelsTest {
    private static final int COUNT = 1000;

    @ParameterizedTest(name = "{0}")
    @EnumSource(names = "PLATFORM", mode = EnumSource.Mode.EXCLUDE)
    void idleChannelsHaveNoThread(AsynchronousKind kind) throws Exception {
        AsynchronousChannelGroup group = kind.openGroup(2, Executors.defaultThreadFactory());
        List<AsynchronousPair> pairs = new ArrayList<>();
        List<Outcome<Integer>> reads = new ArrayList<>();
        try (AsynchronousServerSocketChannel server = kind.listen(group)) {
            int threads = ManagementFactory.getThreadMXBean().getThreadCount();
            for (int i = 0; i < COUNT; i++)
                pairs.add(pair(kind, server, group));
            for (AsynchronousPair pair : pairs) {
                Outcome<Integer> read = new Outcome<>();
                pair.peer().read(ByteBuffer.allocate(9), ATTACHMENT, read);
                reads.add(read);
            }
            int more = ManagementFactory.getThreadMXBean().getThreadCount() - threads;
            assertTrue(more <= 10, () -> "threads for " + COUNT + " channels: " + more);
            for (int i = 0; i < COUNT; i += 7)
                AsynchronousPair.send(pairs.get(i).client(), "x".repeat(i % 9 + 1));
            for (int i = 0; i < COUNT; i += 7)
                assertEquals(i % 9 + 1, reads.get(i).value());
            assertEquals(COUNT / 7 + 1, reads.stream().filter(Outcome::isDone).count());
        } finally {
            group.shutdownNow();
        }
        for (AsynchronousPair pair : pairs)
            pair.close();
        assertTrue(group.awaitTermination(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        for (Outcome<Integer> read : reads)
            read.thread();
    }

    private static AsynchronousPair pair(AsynchronousKind kind, AsynchronousServerSocketChannel server,
                                         AsynchronousChannelGroup group) throws Exception {
        AsynchronousSocketChannel client = kind.openClient(group);
        Future<AsynchronousSocketChannel> accepted = server.accept();
        resultOf(client.connect(server.getLocalAddress()));
        return new AsynchronousPair(client, resultOf(accepted));
    }
}
