package io.niovsock.provider;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** How a JVM is given the provider, and how its own back. */
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
        assertEquals(List.of(VsockSelectorProvider.class.getName(), "false"), ChildJvm.of(PrintProvider.class).run().succeeded().lines());
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

    /** Where the platform's provider is the default one, this one is still there for who asks for it. */
    static final class ExplicitUse {
        public static void main(String[] args) throws Exception {
            SelectorProvider vsock = VsockSelectorProvider.instance();
            System.out.println(SelectorProvider.provider() == vsock);
            try (AbstractSelector selector = vsock.openSelector(); ServerSocketChannel server = vsock.openServerSocketChannel();
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

    /** A program that names nothing of the library: its endpoints come from a class that its configuration names. */
    static final class Unchanged {
        public static void main(String[] args) throws Exception {
            SocketAddress where = (SocketAddress) Class.forName(args[0]).getMethod("parse", String.class).invoke(null, args[1]);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(where);
                 SocketChannel client = SocketChannel.open(server.getLocalAddress()); SocketChannel peer = server.accept()) {
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

    static final class OddTransport {
        public static void main(String[] args) throws Exception {
            try (SocketChannel tcpOrVsock = SocketChannel.open()) {
                System.out.println("open");
                tcpOrVsock.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0));
            } catch (IllegalArgumentException | IOException e) {
                System.out.println(e);
            }
            try (ServerSocketChannel server = ChannelKind.TCP.listen(); SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                System.out.println("TCP " + client.isConnected());
            }
        }
    }

    @Test
    void aTransportThatNobodyKnowsIsNamedAndLeavesTcpAlone() throws Exception {
        List<String> lines = ChildJvm.of(OddTransport.class).property("io.niovsock.transport", "carrier-pigeon").run().succeeded().lines();
        assertTrue(lines.get(1).contains("-Dio.niovsock.transport=carrier-pigeon"), lines::toString);
        assertTrue(lines.get(1).contains("kernel") && lines.get(1).contains("emulated"), lines::toString);
        assertEquals("TCP true", lines.get(2));
    }

    @Test
    void aLocalCidThatNoMachineHasIsNamed() throws Exception {
        for (String cid : new String[] { "1", "any", "4294967296", "three" }) {
            List<String> lines = ChildJvm.of(OddTransport.class).property("io.niovsock.transport", "emulated")
                .property("io.niovsock.localCid", cid).run().succeeded().lines();
            assertTrue(lines.get(1).contains("-Dio.niovsock.localCid=" + cid), lines::toString);
            assertEquals("TCP true", lines.get(2));
        }
    }
}
