// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.Vsock;
import io.niovsock.VsockAsynchronousChannelProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The JVM finds the provider of asynchronous channels, unless its user names another one. */
class InstalledProviderTest {
    private static final String PROPERTY = AsynchronousChannelProvider.class.getName();
    private static final String PLATFORMS = "sun.nio.ch.LinuxAsynchronousChannelProvider";

    @Test
    void theServiceLoaderFindsIt() throws Exception {
        assertSame(VsockAsynchronousChannelProvider.instance(), AsynchronousChannelProvider.provider());
        AsynchronousChannelGroup group = AsynchronousChannelGroup.withFixedThreadPool(1,
            Executors.defaultThreadFactory());
        assertSame(VsockAsynchronousChannelProvider.instance(), group.provider());
        try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group)) {
            assertSame(VsockAsynchronousChannelProvider.instance(), channel.provider());
        }
        group.shutdownNow();
    }

    /** Prints what a JVM has, and what becomes of TCP and of a vsock address. */
    static final class Program {
        public static void main(String[] args) throws Exception {
            System.out.println("provider " + AsynchronousChannelProvider.provider().getClass().getName());
            tcp(null); // first: JDK 17 cannot begin with a group of a provider that a property names
            AsynchronousChannelGroup group = AsynchronousChannelGroup.withFixedThreadPool(1,
                Executors.defaultThreadFactory());
            System.out.println("group " + group.getClass().getName());
            tcp(group);
            group.shutdownNow();
            try (AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
                client.connect(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 5000)).get();
            } catch (ExecutionException e) {
                System.out.println("vsock " + e.getCause().getClass().getName());
            }
            System.out.println("report " + Vsock.report().get(2));
        }

        private static void tcp(AsynchronousChannelGroup group) throws Exception {
            try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open(group)
                     .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                 AsynchronousSocketChannel client = AsynchronousSocketChannel.open(group)) {
                Future<AsynchronousSocketChannel> accepted = server.accept();
                client.connect(server.getLocalAddress()).get();
                try (AsynchronousSocketChannel peer = accepted.get()) {
                    peer.write(ByteBuffer.allocate(3)).get();
                    System.out.println("read " + client.read(ByteBuffer.allocate(9)).get());
                }
            }
        }
    }

    @Test
    void anotherProviderWins() throws Exception {
        ChildJvm.Result result = ChildJvm.of(Program.class).property(PROPERTY, PLATFORMS).run().succeeded();
        assertTrue(result.lines().contains("provider " + PLATFORMS), result::text);
        assertTrue(result.lines().contains("vsock java.net.SocketException"), result::text);
        assertTrue(result.text().contains("report AsynchronousSocketChannel.open(): of " + PLATFORMS), result::text);
        assertTrue(result.text().contains("take -D" + PROPERTY + "=" + PLATFORMS + " off the command line"),
            result::text);
    }

    @Test
    void theReportSaysThatItIsInUse() throws Exception {
        ChildJvm.Result result = ChildJvm.of(Program.class).run().succeeded();
        assertTrue(result.lines().contains("report AsynchronousSocketChannel.open(): of nio-vsock"), result::text);
        assertTrue(result.lines().contains("vsock java.net.ConnectException"), result::text);
    }

    /** The channels and groups are the platform's, and a vsock address leads nowhere. */
    @Test
    void withoutTheNativeLibraryItHandsOutThePlatforms() throws Exception {
        ChildJvm.Result result = ChildJvm.of(Program.class).property("io.niovsock.library", "/nonexistent").run()
            .succeeded();
        assertTrue(result.lines().contains("group sun.nio.ch.EPollPort"), result::text);
        assertEquals(2, result.lines().stream().filter("read 3"::equals).count(), result::text);
        assertTrue(result.lines().contains("vsock java.net.SocketException"), result::text);
        assertTrue(result.text().contains("which hands out the platform's channels"), result::text);
    }

    /** Makes the threads of the default group. */
    public static final class Factory implements ThreadFactory {
        @Override
        public Thread newThread(Runnable task) {
            Thread thread = new Thread(task, "of the test's factory");
            thread.setDaemon(true);
            return thread;
        }
    }

    /** Prints the thread that calls a handler of the default group. */
    static final class ThreadProgram {
        public static void main(String[] args) throws Exception {
            try (AsynchronousPair pair = AsynchronousPair.of(AsynchronousKind.VSOCK)) {
                Outcome<Integer> read = new Outcome<>();
                pair.client().read(ByteBuffer.allocate(1), Outcome.ATTACHMENT, read);
                AsynchronousPair.send(pair.peer(), "1");
                System.out.println(read.thread().getName());
            }
        }
    }

    @Test
    void theDefaultGroupHasTheThreadsThatItsPropertiesName() throws Exception {
        assertEquals("of the test's factory", ChildJvm.of(ThreadProgram.class)
            .property("java.nio.channels.DefaultThreadPool.threadFactory", Factory.class.getName())
            .property("java.nio.channels.DefaultThreadPool.initialSize", 1).run().succeeded().text());
    }
}
