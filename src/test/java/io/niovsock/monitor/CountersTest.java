// SPDX-License-Identifier: Apache-2.0
package io.niovsock.monitor;

import io.niovsock.Vsock;
import io.niovsock.VsockMXBean;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.net.SocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import javax.management.MBeanServer;
import javax.management.ObjectName;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** The counters, as a program and a management tool see them. Each JVM counts from its first socket on. */
class CountersTest {
    private static final int FILE_SIZE = 100_000;

    private static VsockSocketAddress local(int port) {
        return VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, port);
    }

    private static ChildJvm jvm(Class<?> program) {
        return ChildJvm.of(program).property("io.niovsock.emulated.namespace",
            "Counters" + ProcessHandle.current().pid());
    }

    /** Converses in each way, fails once, is reset once, and leaves sockets of each kind open. */
    private static List<AutoCloseable> use() throws Exception {
        for (Way way : Way.values())
            way.converse(way.endpoint());
        assertThrows(java.net.ConnectException.class, () -> SocketChannel.open(local(7100)));
        ServerSocketChannel listener = ServerSocketChannel.open().bind(local(7101));
        SocketChannel client = SocketChannel.open(local(7101));
        listener.accept().close();
        assertThrows(java.io.IOException.class, () -> client.write(ByteBuffer.allocate(1)));
        DatagramChannel datagrams = DatagramChannel.open().bind(local(7102));
        SocketChannel records = SocketChannel.open(VsockProtocolFamily.VSOCK_SEQPACKET);
        return List.of(listener, client, datagrams, records);
    }

    private static TreeMap<String, Object> attributes(ObjectName name) throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        TreeMap<String, Object> values = new TreeMap<>();
        for (var attribute : server.getMBeanInfo(name).getAttributes())
            values.put(attribute.getName(), server.getAttribute(name, attribute.getName()));
        return values;
    }

    static final class Registered {
        public static void main(String[] args) throws Exception {
            List<AutoCloseable> open = use();
            System.out.println(attributes(new ObjectName("io.niovsock:type=Vsock")));
            for (AutoCloseable socket : open)
                socket.close();
            System.out.println(attributes(new ObjectName("io.niovsock:type=Vsock")));
        }
    }

    @Test
    void thePropertyRegistersThem() throws Exception {
        List<String> lines = jvm(Registered.class).property("io.niovsock.jmx", "").run().succeeded().lines();
        int ways = Way.values().length;
        int bytes = ways * (Way.SENT + Way.ANSWERED);
        String totals = "{AcceptedCount=" + (ways + 1) + ", BytesRead=" + bytes + ", BytesWritten=" + bytes;
        String counts = ", ConnectedCount=" + (ways + 1) + ", FailedConnectCount=1";
        int opened = 3 * ways + 6; // a client, a peer and a listener each
        assertEquals(List.of(
            totals + ", ClosedCount=" + (opened - 4) + counts + ", OpenDatagramSocketCount=1, OpenListenerCount=1,"
                + " OpenRecordSocketCount=1, OpenStreamCount=1, OpenedCount=" + opened + ", RefusedCount=0,"
                + " ResetCount=1}",
            totals + ", ClosedCount=" + opened + counts + ", OpenDatagramSocketCount=0, OpenListenerCount=0,"
                + " OpenRecordSocketCount=0, OpenStreamCount=0, OpenedCount=" + opened + ", RefusedCount=0,"
                + " ResetCount=1}"), lines);
    }

    static final class Asking {
        public static void main(String[] args) throws Exception {
            Way.BLOCKING.converse(Way.BLOCKING.endpoint());
            System.out.println(ManagementFactory.getPlatformMBeanServer()
                .isRegistered(new ObjectName("io.niovsock:type=Vsock")));
        }
    }

    @Test
    void withoutThePropertyTheyAreNotRegistered() throws Exception {
        assertEquals("false", jvm(Asking.class).run().succeeded().text());
        assertEquals("false", jvm(Asking.class).property("io.niovsock.jmx", false).run().succeeded().text());
    }

    static final class RegisteredByTheProgram {
        public static void main(String[] args) throws Exception {
            VsockMXBean statistics = Vsock.statistics();
            System.out.println(statistics.getOpenedCount());
            ObjectName name = new ObjectName("io.niovsock:type=Vsock");
            ManagementFactory.getPlatformMBeanServer().registerMBean(statistics, name);
            Way.BLOCKING.converse(Way.BLOCKING.endpoint());
            System.out.println(statistics.getOpenedCount() + " " + attributes(name).get("OpenedCount") + " "
                + (statistics == Vsock.statistics()));
        }
    }

    @Test
    void aProgramReadsAndRegistersThem() throws Exception {
        assertEquals(List.of("0", "3 3 true"), jvm(RegisteredByTheProgram.class).run().succeeded().lines());
    }

    /** The JDKs that use sendfile(2) do not say how much they have sent. */
    static final class SendingAFile {
        public static void main(String[] args) throws Exception {
            VsockMXBean statistics = Vsock.statistics();
            Path file = Files.write(Files.createTempFile("transfer", ".bin"), new byte[FILE_SIZE]);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(local(7103));
                 SocketChannel client = SocketChannel.open(local(7103)); SocketChannel peer = server.accept();
                 FileChannel from = FileChannel.open(file)) {
                client.configureBlocking(false);
                ByteBuffer received = ByteBuffer.allocate(FILE_SIZE);
                for (long n = 0; received.hasRemaining();) {
                    n += from.transferTo(n, FILE_SIZE - n, client);
                    peer.read(received);
                }
            } finally {
                Files.delete(file);
            }
            System.out.println(statistics.getBytesWritten() + " " + statistics.getBytesRead());
        }
    }

    @Test
    void aFileCounts() throws Exception {
        assertEquals(FILE_SIZE + " " + FILE_SIZE, jvm(SendingAFile.class).run().succeeded().text());
    }

    /** As in a container of applications, each with the library. */
    static final class LoadedTwice {
        public static void main(String[] args) throws Exception {
            URL library = ChildJvm.folderOf(VsockSelectorProvider.class).toUri().toURL();
            for (int i = 0; i < 2; i++) {
                URLClassLoader loader = new URLClassLoader(new URL[] { library },
                    ClassLoader.getPlatformClassLoader()); // stays open: its MBean is in use
                SelectorProvider provider = loader.loadClass(VsockSelectorProvider.class.getName())
                    .asSubclass(SelectorProvider.class).getConstructor().newInstance();
                SocketAddress endpoint = (SocketAddress) loader.loadClass("io.niovsock.VsockSocketAddress")
                    .getMethod("parse", String.class).invoke(null, "vsock:local:0");
                for (int n = 0; n <= i; n++)
                    provider.openServerSocketChannel().bind(endpoint).close();
            }
            for (String name : List.of("io.niovsock:type=Vsock", "io.niovsock:type=Vsock,copy=2"))
                System.out.println(attributes(new ObjectName(name)).get("OpenedCount"));
        }
    }

    @Test
    void eachClassLoaderRegistersItsOwn() throws Exception {
        assertEquals(List.of("1", "2"), jvm(LoadedTwice.class).property("io.niovsock.jmx", true).run().succeeded()
            .lines().stream().filter(line -> line.matches("\\d+")).toList());
    }
}
