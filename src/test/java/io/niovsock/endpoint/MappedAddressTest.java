package io.niovsock.endpoint;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Plain Internet addresses in the mapped form, as an answer of the DNS could be: refused, unless the user lets them in. */
class MappedAddressTest {
    private static InetSocketAddress plain(long cid, long port) {
        VsockSocketAddress address = VsockSocketAddress.of(cid, port);
        return new InetSocketAddress(address.getAddress(), address.getPort());
    }

    private static void assertNamesTheFlag(SocketException e) {
        assertTrue(e.getMessage().contains("io.niovsock.mapped=true") && e.getMessage().contains("vsock:host:5000"), e::getMessage);
    }

    @Test
    void theyAreRefusedWithTheFlagThatLetsThemIn() throws Exception {
        InetSocketAddress mapped = plain(VsockSocketAddress.CID_HOST, 5000);
        for (ChannelKind channel : new ChannelKind[] { ChannelKind.VSOCK, ChannelKind.DEFERRED_VSOCK }) {
            try (SocketChannel client = channel.openClient(); ServerSocketChannel server = channel.openServer()) {
                assertNamesTheFlag(assertFails(SocketException.class, () -> client.connect(mapped)));
                assertNamesTheFlag(assertFails(SocketException.class, () -> server.bind(mapped)));
            }
        }
        assertNamesTheFlag(assertFails(SocketException.class, () -> SocketChannel.open(mapped)));
    }

    static final class ConnectToLiteral {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(args[0], 0));
                 SocketChannel client = SocketChannel.open(new InetSocketAddress(args[0], server.socket().getLocalPort()));
                 SocketChannel peer = server.accept()) {
                System.out.println(client.getRemoteAddress().equals(server.getLocalAddress()) + " " + peer.getRemoteAddress().equals(client.getLocalAddress()));
                System.out.println(client.getRemoteAddress());
            }
        }
    }

    /** A program that reads a host and a port from its configuration needs no change. */
    @Test
    void withTheFlagTheyAreVsock() throws Exception {
        List<String> lines = ChildJvm.of(ConnectToLiteral.class).property("io.niovsock.mapped", true)
            .arguments("fd76:736f:636b::1").run().succeeded().lines();
        assertEquals("true true", lines.get(0));
        assertTrue(lines.get(1).startsWith("vsock:local:"), lines::toString);
    }

    @Test
    void aRuleMakesAnInternetAddressVsock() throws Exception {
        List<String> lines = ChildJvm.of(ConnectToLiteral.class).property("io.niovsock.map", "127.0.0.1=local")
            .arguments("127.0.0.1").run().succeeded().lines();
        assertEquals("true true", lines.get(0));
        assertTrue(lines.get(1).startsWith("vsock:local:"), lines::toString);
    }

    @Test
    void otherAddressesStayTcp() throws Exception {
        List<String> lines = ChildJvm.of(ConnectToLiteral.class).property("io.niovsock.mapped", true)
            .property("io.niovsock.map", "10.0.0.1=host").arguments("127.0.0.1").run().succeeded().lines();
        assertTrue(lines.get(1).startsWith("/127.0.0.1:"), lines::toString);
    }
}
