// SPDX-License-Identifier: Apache-2.0
package io.niovsock.provider;

import io.niovsock.Vsock;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;

import java.io.Closeable;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.concurrent.Callable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The ways to give a JVM this provider, or its own. */
class ChosenProviderTest {
    private static final String PROPERTY = "java.nio.channels.spi.SelectorProvider";

    static final class PrintProvider {
        public static void main(String[] args) throws Exception {
            System.out.println(SelectorProvider.provider().getClass().getName());
            try (SocketChannel channel = SocketChannel.open()) {
                System.out.println(channel.getClass().getName().startsWith("sun.nio.ch."));
            }
        }
    }

    @Test
    void onTheClassPathItIsFoundWithoutAFlag() throws Exception {
        assertEquals(List.of(VsockSelectorProvider.class.getName(), "false"),
            ChildJvm.of(PrintProvider.class).run().succeeded().lines());
    }

    @Test
    void theSystemPropertyNamesIt() throws Exception {
        ChildJvm jvm = ChildJvm.of(PrintProvider.class).property(PROPERTY, VsockSelectorProvider.class.getName());
        assertEquals(List.of(VsockSelectorProvider.class.getName(), "false"), jvm.run().succeeded().lines());
    }

    @Test
    void theSystemPropertyGivesThePlatformsBack() throws Exception {
        ChildJvm jvm = ChildJvm.of(PrintProvider.class).property(PROPERTY, "sun.nio.ch.EPollSelectorProvider");
        assertEquals(List.of("sun.nio.ch.EPollSelectorProvider", "true"), jvm.run().succeeded().lines());
    }

    /** If the platform's provider is the default, a program can still use this one explicitly. */
    static final class ExplicitUse {
        public static void main(String[] args) throws Exception {
            SelectorProvider vsock = VsockSelectorProvider.instance();
            System.out.println(SelectorProvider.provider() == vsock);
            try (AbstractSelector selector = vsock.openSelector();
                 ServerSocketChannel server = vsock.openServerSocketChannel();
                 SocketChannel client = vsock.openSocketChannel()) {
                server.bind(ChannelKind.VSOCK.freeEndpoint());
                client.connect(server.getLocalAddress());
                client.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                try (SocketChannel peer = server.accept()) {
                    peer.write(ByteBuffer.wrap(new byte[] { 42 }));
                    System.out.println(selector.select(Machine.PATIENCE.toMillis()));
                    ByteBuffer dst = ByteBuffer.allocate(2);
                    client.read(dst);
                    System.out.println(dst.get(0));
                }
            }
        }
    }

    @Test
    void itCanBeUsedBesideAnotherDefault() throws Exception {
        ChildJvm jvm = ChildJvm.of(ExplicitUse.class).property(PROPERTY, "sun.nio.ch.EPollSelectorProvider");
        assertEquals(List.of("false", "1", "42"), jvm.run().succeeded().lines());
    }

    /** A program that names no class of the library. Its endpoints come from a class that its configuration names. */
    static final class Unchanged {
        public static void main(String[] args) throws Exception {
            SocketAddress where = (SocketAddress) Class.forName(args[0]).getMethod("parse", String.class)
                .invoke(null, args[1]);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(where);
                 SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 SocketChannel peer = server.accept()) {
                client.write(ByteBuffer.wrap("unchanged".getBytes()));
                client.shutdownOutput();
                ByteBuffer dst = ByteBuffer.allocate(100);
                while (peer.read(dst) >= 0) { }
                System.out.println(new String(dst.array(), 0, dst.position()));
                System.out.println(client.getRemoteAddress().toString().startsWith("vsock:"));
            }
        }
    }

    @Test
    void aProgramThatKnowsOnlyJavaNioRunsOverVsock() throws Exception {
        ChildJvm jvm = ChildJvm.of(Unchanged.class).arguments(VsockSocketAddress.class.getName(), "vsock:local:0");
        assertEquals(List.of("unchanged", "true"), jvm.run().succeeded().lines());
    }

    /** Opens twice: both attempts must throw for a property that cannot be read. */
    static final class OddSetting {
        public static void main(String[] args) throws Exception {
            for (Callable<? extends Closeable> open : List.<Callable<
                ? extends Closeable>>of(SocketChannel::open, Selector::open)) {
                try (Closeable opened = open.call()) {
                    System.out.println("opened " + opened);
                } catch (IllegalArgumentException e) {
                    System.out.println(e.getMessage());
                }
            }
            System.out.println(Vsock.isAvailable() + " " + Vsock.unavailabilityCause().getMessage());
            System.out.println(Vsock.report().get(0));
            System.out.println(Vsock.role());
        }
    }

    private static void assertSaid(ChildJvm jvm, String... parts) throws Exception {
        List<String> lines = jvm.run().succeeded().lines();
        assertEquals(5, lines.size(), lines::toString);
        for (String line : lines.subList(0, 4))
            for (String part : parts)
                assertTrue(line.contains(part), () -> "'" + part + "' is not in: " + line);
        assertTrue(lines.get(2).startsWith("false "), lines::toString);
        assertEquals("NONE", lines.get(4));
    }

    @Test
    void aTransportThatNobodyKnowsIsNamedAtTheFirstOpen() throws Exception {
        assertSaid(ChildJvm.of(OddSetting.class).property("io.niovsock.transport", "carrier-pigeon"),
            "-Dio.niovsock.transport=carrier-pigeon", "kernel", "emulated");
    }

    @Test
    void aLocalCidThatNoMachineHasIsNamedAtTheFirstOpen() throws Exception {
        for (String cid : new String[] { "1", "any", "4294967296", "three" })
            assertSaid(ChildJvm.of(OddSetting.class).property("io.niovsock.transport", "emulated")
                .property("io.niovsock.localCid", cid),
                "-Dio.niovsock.localCid=" + cid);
    }

    @Test
    void aRuleThatCannotBeReadIsNamedAtTheFirstOpen() throws Exception {
        assertSaid(ChildJvm.of(OddSetting.class).property("io.niovsock.rules", "localhost=3"), "-Dio.niovsock.rules",
            "localhost=3");
    }
}
