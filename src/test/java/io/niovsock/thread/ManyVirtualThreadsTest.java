// SPDX-License-Identifier: Apache-2.0
package io.niovsock.thread;

import io.niovsock.testkit.Background;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.ThreadKind;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** More threads than there can be carriers, each blocked in a channel: they park, and free their carriers. */
class ManyVirtualThreadsTest {
    private static final int THREADS = Machine.rounds(1000);

    @TempDir
    private Path folder;

    @BeforeAll
    static void requireVirtualThreads() {
        if (!ThreadKind.hasVirtualThreads())
            throw Skip.because("virtual threads need JDK 21 or later: this is " + Runtime.version());
    }

    @ForEachVsockChannel
    void aThousandReadersParkAndEachIsWokenByItsOwnPeer(ChannelKind channel) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<Background<Integer>> readers = new ArrayList<>();
        try (Recording recording = new Recording()) {
            recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
            for (int i = 0; i < THREADS; i++)
                pairs.add(Pair.of(channel));
            recording.start();
            int platformThreads = ManagementFactory.getThreadMXBean().getThreadCount();
            for (Pair pair : pairs)
                readers.add(Background.start(ThreadKind.VIRTUAL, () -> {
                    ByteBuffer dst = ByteBuffer.allocate(Integer.BYTES);
                    while (dst.hasRemaining() && pair.client().read(dst) > 0) { }
                    return dst.getInt(0);
                }));
            readers.forEach(Background::awaitBlocked);
            int more = ManagementFactory.getThreadMXBean().getThreadCount() - platformThreads;
            assertTrue(more < 50, () -> more + " platform threads for " + THREADS + " virtual ones");

            for (int i = THREADS - 1; i >= 0; i--)
                pairs.get(i).peer().write(ByteBuffer.allocate(Integer.BYTES).putInt(0, i));
            for (int i = 0; i < THREADS; i++)
                assertEquals(i, readers.get(i).result());

            recording.stop();
            assertEquals(List.of(), pinnedIn(recording));
        } finally {
            readers.forEach(Background::close);
            for (Pair pair : pairs)
                pair.close();
        }
    }

    /** The threads that this library pinned. The JDK's own initialization pins threads, too. */
    private List<RecordedEvent> pinnedIn(Recording recording) throws Exception {
        Path file = folder.resolve("recording.jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("jdk.VirtualThreadPinned"))
            .filter(event -> event.getStackTrace() == null || event.getStackTrace().getFrames().stream()
                .anyMatch(frame -> frame.getMethod().getType().getName().startsWith("io.niovsock.internal")))
            .toList();
    }

    @ForEachVsockChannel
    void acceptorsAndReadersAreWokenByACloseToo(ChannelKind channel) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<Background<?>> blocked = new ArrayList<>();
        try (ServerSocketChannel server = channel.listen()) {
            blocked.add(Background.start(ThreadKind.VIRTUAL, server::accept));
            for (int i = 0; i < THREADS / 10; i++) {
                Pair pair = Pair.of(channel);
                pairs.add(pair);
                blocked.add(Background.start(ThreadKind.VIRTUAL, () -> pair.client().read(ByteBuffer.allocate(1))));
            }
            blocked.forEach(Background::awaitBlocked);
            server.close();
            for (Pair pair : pairs)
                pair.client().close();
            for (Background<?> thread : blocked)
                thread.failure(AsynchronousCloseException.class);
        } finally {
            blocked.forEach(Background::close);
            for (Pair pair : pairs)
                pair.close();
        }
    }

    /** A parked thread uses no processor time: not a millisecond in a hundred of waiting. */
    @ForEachVsockChannel
    void aParkedReaderUsesNoProcessor(ChannelKind channel) throws Exception {
        var process = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        try (Pair pair = Pair.of(channel);
             Background<Integer> reader = Background.start(ThreadKind.VIRTUAL,
                 () -> pair.client().read(ByteBuffer.allocate(1)))) {
            reader.awaitBlocked();
            boolean idle = false;
            // others in this JVM may be busy for a while: compilers
            for (int attempt = 0; attempt < 20 && !idle; attempt++) {
                long before = process.getProcessCpuTime();
                Thread.sleep(100); // the measurement itself, not an effect to wait for
                idle = Duration.ofNanos(process.getProcessCpuTime() - before).toMillis() < 50;
            }
            assertTrue(idle, "the processor is busy while a virtual thread reads");
        }
    }

    @ForEachVsockChannel
    void aConnectionPassesThroughVirtualThreadsAlone(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.listen();
             Background<Integer> serving = Background.start(ThreadKind.VIRTUAL, () -> {
                 int served = 0;
                 for (; served < THREADS / 10; served++) {
                     try (SocketChannel peer = server.accept()) {
                         ByteBuffer dst = ByteBuffer.allocateDirect(8);
                         while (dst.hasRemaining())
                             peer.read(dst);
                         peer.write(dst.flip());
                     }
                 }
                 return served;
             });
             Background<Integer> asking = Background.start(ThreadKind.VIRTUAL, () -> {
                 int answered = 0;
                 for (; answered < THREADS / 10; answered++) {
                     try (SocketChannel client = channel.openClient()) {
                         client.connect(server.getLocalAddress());
                         client.write(ByteBuffer.allocate(8).putLong(0, answered));
                         ByteBuffer dst = ByteBuffer.allocate(8);
                         while (dst.hasRemaining())
                             client.read(dst);
                         assertEquals(answered, dst.getLong(0));
                     }
                 }
                 return answered;
             })) {
            assertEquals(THREADS / 10, serving.result());
            assertEquals(THREADS / 10, asking.result());
        }
    }
}
