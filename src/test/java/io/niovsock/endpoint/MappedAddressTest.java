// SPDX-License-Identifier: Apache-2.0
package io.niovsock.endpoint;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketImplFactory;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Plain Internet addresses in the mapped form, which a DNS answer could be: refused, unless the user allows them. */
class MappedAddressTest {
    private static InetSocketAddress plain(long cid, long port) {
        VsockSocketAddress address = VsockSocketAddress.of(cid, port);
        return new InetSocketAddress(address.getAddress(), address.getPort());
    }

    private static void assertNamesTheFlag(SocketException e) {
        assertTrue(e.getMessage().contains("io.niovsock.mapped=true") && e.getMessage().contains("vsock:host:5000"),
            e::getMessage);
    }

    /** The low bits of these CIDs are the same, so each takes the place of the one before. */
    @Test
    void endpointsOfOneMachineShareItsAddress() {
        long first = 0x10;
        for (long cid = first; cid < 0x100; cid += first) {
            VsockSocketAddress one = VsockSocketAddress.of(cid, 1);
            assertSame(one.getAddress(), VsockSocketAddress.of(cid, 65535).getAddress(), "CID " + cid);
            assertEquals("ff11:76:736f:636b:0:0:0:" + Long.toHexString(cid), one.getAddress().getHostAddress());
            assertEquals("ff11:76:736f:636b:1:0:0:" + Long.toHexString(cid),
                VsockSocketAddress.of(cid, 65536).getAddress().getHostAddress());
        }
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

    @Test
    void undecidedDatagramChannelsRefuseThemToo() throws Exception {
        InetSocketAddress mapped = plain(VsockSocketAddress.CID_HOST, 5000);
        ByteBuffer datagram = ByteBuffer.allocate(1);
        DatagramPacket packet = new DatagramPacket(new byte[1], 1, mapped);
        try (DatagramChannel channel = DatagramChannel.open()) {
            assertNamesTheFlag(assertFails(SocketException.class, () -> channel.send(datagram, mapped)));
            assertNamesTheFlag(assertFails(SocketException.class, () -> channel.connect(mapped)));
            assertNamesTheFlag(assertFails(SocketException.class, () -> channel.bind(mapped)));
            assertNamesTheFlag(assertFails(SocketException.class, () -> channel.socket().connect(mapped)));
            assertNamesTheFlag(assertFails(SocketException.class, () -> channel.socket().send(packet)));
            channel.bind(new InetSocketAddress("127.0.0.1", 0)); // UDP from here on
            assertNamesTheFlag(assertFails(SocketException.class, () -> channel.send(datagram, mapped)));
            assertFails(UnsupportedAddressTypeException.class,
                () -> channel.send(datagram, VsockSocketAddress.of(VsockSocketAddress.CID_HOST, 5000)));
        }
    }

    static final class ConnectToLiteral {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(args[0], 0));
                 SocketChannel client = SocketChannel.open(new InetSocketAddress(args[0],
                     server.socket().getLocalPort()));
                 SocketChannel peer = server.accept()) {
                System.out.println(client.getRemoteAddress().equals(server.getLocalAddress()) + " "
                    + peer.getRemoteAddress().equals(client.getLocalAddress()));
                System.out.println(client.getRemoteAddress());
            }
        }
    }

    /** A program that reads a host and a port from its configuration needs no change. */
    @Test
    void withTheFlagTheyAreVsock() throws Exception {
        List<String> lines = ChildJvm.of(ConnectToLiteral.class).property("io.niovsock.mapped", true)
            .arguments("ff11:76:736f:636b::1").run().succeeded().lines();
        assertEquals("true true", lines.get(0));
        assertTrue(lines.get(1).startsWith("vsock:local:"), lines::toString);
    }

    @Test
    void aRuleMakesAnInternetAddressVsock() throws Exception {
        List<String> lines = ChildJvm.of(ConnectToLiteral.class).property("io.niovsock.rules", "127.0.0.1=local")
            .arguments("127.0.0.1").run().succeeded().lines();
        assertEquals("true true", lines.get(0));
        assertTrue(lines.get(1).startsWith("/127.0.0.1:"), lines::toString);
    }

    static final class ConnectToName {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open()
                .bind(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0));
                 SocketChannel client = SocketChannel.open(new InetSocketAddress(args[0],
                     server.socket().getLocalPort()))) {
                System.out.println(client.getRemoteAddress().equals(server.getLocalAddress()));
            } catch (SocketException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void aNameThatResolvesToOneIsNoDifferent(@TempDir Path folder) throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "ff11:76:736f:636b::1 guest.test\n");
        ChildJvm jvm = ChildJvm.of(ConnectToName.class).property("jdk.net.hosts.file", hosts).arguments("guest.test");
        String refusal = jvm.run().succeeded().text();
        assertTrue(refusal.startsWith("guest.test/") && refusal.contains("refused"), refusal);
        assertTrue(refusal.contains("vsock:local:") && refusal.contains("-Dio.niovsock.mapped=true"), refusal);
        assertEquals(List.of("true"), jvm.property("io.niovsock.mapped", true).run().succeeded().lines());
    }

    /**
     * Programs that pass on the result of getLocalPort(), with the server's address, or with an address from their
     * configuration.
     */
    static final class LowBitsOfAPort {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open()
                .bind(VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 70_000))) {
                int port = server.socket().getLocalPort();
                System.out.println(port);
                try (SocketChannel client = SocketChannel.open(new InetSocketAddress(server.socket().getInetAddress(),
                    port))) {
                    System.out.println(client.getRemoteAddress());
                }
                try (SocketChannel client = SocketChannel.open(new InetSocketAddress("ff11:76:736f:636b::1", port))) {
                    System.out.println(client.getRemoteAddress());
                } catch (ConnectException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    @Test
    void aPortAbove65535IsReachedByTheServersAddressWhichHasItsHighBits() throws Exception {
        List<String> lines = ChildJvm.of(LowBitsOfAPort.class).property("io.niovsock.mapped", true).run().succeeded()
            .lines();
        assertEquals("4464", lines.get(0), "70000 - 65536");
        assertEquals("vsock:local:70000", lines.get(1));
        assertTrue(lines.get(2).contains("connect to vsock:local:4464: "), lines::toString);
    }

    @Test
    void otherAddressesStayTcp() throws Exception {
        List<String> lines = ChildJvm.of(ConnectToLiteral.class).property("io.niovsock.mapped", true)
            .property("io.niovsock.rules", "10.0.0.1=host").arguments("127.0.0.1").run().succeeded().lines();
        assertTrue(lines.get(1).startsWith("/127.0.0.1:"), lines::toString);
    }

    /** Connects to listeners by the address that they report, as programs do that do not know vsock. */
    static final class OwnListeners {
        public static void main(String[] args) throws Exception {
            VsockSocketImplFactory.install();
            for (String host : args) {
                try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(host, 0))) {
                    InetAddress ip = server.socket().getInetAddress();
                    int port = server.socket().getLocalPort();
                    for (InetSocketAddress where : new InetSocketAddress[] {
                        new InetSocketAddress(ip, port), new InetSocketAddress(ip.getHostAddress(), port) })
                        try (SocketChannel client = SocketChannel.open(where);
                             Socket socket = new Socket(where.getAddress(), port)) {
                            System.out.println(client.isConnected() && socket.isConnected());
                        }
                }
                try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName(host));
                     Socket client = new Socket()) {
                    client.connect(server.getLocalSocketAddress());
                    System.out.println(client.isConnected());
                    try (SocketChannel channel = SocketChannel.open(server.getLocalSocketAddress())) {
                        System.out.println(channel.isConnected());
                    }
                }
            }
        }
    }

    @Test
    void aProgramWithRulesReachesItsOwnListenerByTheAddressThatItReports() throws Exception {
        List<String> lines = ChildJvm.of(OwnListeners.class)
            .property("io.niovsock.rules", "127.0.0.1=local,0.0.0.0=any,10.0.0.5=local:any")
            .arguments("127.0.0.1", "0.0.0.0", "::", "10.0.0.5").run().succeeded().lines();
        assertEquals(Collections.nCopies(16, "true"), lines);
    }

    /** Prints the decision for the mapped forms of endpoints. */
    static final class Explain {
        public static void main(String[] args) {
            for (String endpoint : args) {
                VsockSocketAddress vsock = VsockSocketAddress.parse(endpoint);
                String text = Vsock.explain(plain(vsock.getCid(), vsock.getVsockPort()));
                System.out.println(text.contains(": refused:") && text.contains("-Dio.niovsock.mapped=true") ? "refused"
                    : text.substring(text.indexOf(": ") + 2));
            }
        }
    }

    private static List<String> explained(String rules, String... endpoints) throws Exception {
        return ChildJvm.of(Explain.class).property("io.niovsock.rules", rules).arguments((Object[]) endpoints)
            .run().succeeded().lines();
    }

    private static String ledTo(String endpoint, String rule) {
        return "vsock, as " + endpoint + ": it is vsock-mapped, and the rule " + rule
            + " of -Dio.niovsock.rules leads there";
    }

    @Test
    void theMappedFormOfAnEndpointThatNoRuleLeadsToStaysRefused() throws Exception {
        assertEquals(List.of("refused", "refused", "refused"),
            explained("10.0.0.5=3", "vsock:host:5000", "vsock:3:70000", "vsock:any:5000"));
        assertEquals(List.of(ledTo("vsock:3:0", "10.0.0.5=3"), ledTo("vsock:3:65535", "10.0.0.5=3")),
            explained("10.0.0.5=3", "vsock:3:0", "vsock:3:65535"));
        assertEquals(List.of(ledTo("vsock:3:80", "10.0.0.5:80=3"), "refused"),
            explained("10.0.0.5:80=3", "vsock:3:80", "vsock:3:81"));
        assertEquals(List.of(ledTo("vsock:3:70000", "[::1]:80=3:70000"), "refused", "refused"),
            explained("[::1]:80=3:70000", "vsock:3:70000", "vsock:3:80", "vsock:3:4464"));
        assertEquals(List.of("refused"), explained("", "vsock:local:5000"));
    }

    /** A rule with a free port leads to every port that a listener can get. */
    @Test
    void aRuleForAFreePortLeadsToEveryPortThatItCanBe() throws Exception {
        assertEquals(List.of(ledTo("vsock:local:70000", "10.0.0.5=local:any"), "refused"),
            explained("10.0.0.5=local:any", "vsock:local:70000", "vsock:host:70000"));
        assertEquals(List.of(ledTo("vsock:local:50000", "10.0.0.5:0=local"), "refused"),
            explained("10.0.0.5:0=local", "vsock:local:50000", "vsock:local:70000"));
    }
}
