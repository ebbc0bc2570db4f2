// SPDX-License-Identifier: Apache-2.0
package io.niovsock.address;

import io.niovsock.Vsock;
import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A socket that a rule made vsock reports the addresses of the rules, as with NAT. Each program prints what it compares
 * as true or false, and runs on a machine of the emulated transport that has the CID of the test.
 */
class ReportedByRuleTest {
    private static final int CID = 103;

    @BeforeAll
    static void isEmulated() {
        if (!Machine.isEmulated())
            throw Skip.because("these programs choose their machine's CID: run them on the emulated transport");
    }

    private static List<String> run(Class<?> program, String rules) throws Exception {
        return ChildJvm.of(program).property("io.niovsock.rules", rules).property("io.niovsock.localCid", CID).run()
            .succeeded().lines();
    }

    private static void print(String what, Object value) {
        System.out.println(what + " " + value);
    }

    /** The address as text, without its port. */
    private static String ip(Object address) {
        return ((InetSocketAddress) address).getAddress().getHostAddress();
    }

    /** A listener and a connection to it. */
    static final class Channels {
        public static void main(String[] args) throws IOException {
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(address);
                 SocketChannel client = SocketChannel.open(server.getLocalAddress());
                 SocketChannel accepted = server.accept()) {
                print("decided", Vsock.explain(address).contains("vsock, as vsock:local:0"));
                print("listener", ip(server.getLocalAddress()));
                print("listener's socket", server.socket().getInetAddress().getHostAddress());
                print("client's peer", client.getRemoteAddress().equals(server.getLocalAddress()));
                print("client's peer by its socket",
                    client.socket().getRemoteSocketAddress().equals(server.getLocalAddress()));
                print("client", ip(client.getLocalAddress()));
                print("accepted", accepted.getLocalAddress().equals(server.getLocalAddress()));
                print("accepted's peer", accepted.getRemoteAddress().equals(client.getLocalAddress()));
                print("accepted's peer by its socket", accepted.socket().getInetAddress().isLoopbackAddress());
                print("text", accepted.toString().contains("remote=/127.0.0.1:"));
            }
        }
    }

    @Test
    void aListenerAtTheLoopbackAndItsConnectionsAreAtTheLoopback() throws Exception {
        assertEquals(List.of("decided true", "listener 127.0.0.1", "listener's socket 127.0.0.1", "client's peer true",
            "client's peer by its socket true", "client 127.0.0.1", "accepted true", "accepted's peer true",
            "accepted's peer by its socket true", "text true"), run(Channels.class, "127.0.0.1=local"));
    }

    /** The same with the sockets of java.net. */
    static final class Sockets {
        public static void main(String[] args) throws IOException {
            try (ServerSocket server = VsockServerSocketFactory.getDefault().createServerSocket();
                 Socket client = VsockSocketFactory.getDefault().createSocket()) {
                server.bind(new InetSocketAddress("127.0.0.1", 0));
                client.connect(server.getLocalSocketAddress());
                try (Socket accepted = server.accept()) {
                    print("listener", ip(server.getLocalSocketAddress()) + " " + server.getInetAddress());
                    print("client's peer", client.getRemoteSocketAddress().equals(server.getLocalSocketAddress())
                        + " " + client.getInetAddress() + " " + (client.getPort() == server.getLocalPort()));
                    print("client", ip(client.getLocalSocketAddress()) + " " + client.getLocalAddress());
                    print("accepted's peer", accepted.getRemoteSocketAddress().equals(client.getLocalSocketAddress())
                        + " " + accepted.getInetAddress());
                    print("vsock", client.getChannel() == null && client.toString().contains("127.0.0.1"));
                }
            }
        }
    }

    @Test
    void socketsOfJavaNetReportTheSame() throws Exception {
        assertEquals(List.of("listener 127.0.0.1 /127.0.0.1", "client's peer true /127.0.0.1 true",
            "client 127.0.0.1 /127.0.0.1", "accepted's peer true /127.0.0.1", "vsock true"),
            run(Sockets.class, "127.0.0.1=local"));
    }

    /** Listeners that are bound to null, which the platform takes for the wildcard and a free port. */
    static final class WithoutAnAddress {
        public static void main(String[] args) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(null);
                 SocketChannel client = SocketChannel.open(loopback(server));
                 SocketChannel accepted = server.accept()) {
                print("channel", accepted.getRemoteAddress().equals(client.getLocalAddress()));
            }
            try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open().bind(null);
                 SocketChannel client = SocketChannel.open(loopback(server));
                 AsynchronousSocketChannel accepted = server.accept().get()) {
                print("asynchronous", accepted.getRemoteAddress().equals(client.getLocalAddress()));
            }
        }

        private static InetSocketAddress loopback(NetworkChannel server) throws IOException {
            InetSocketAddress local = (InetSocketAddress) server.getLocalAddress();
            print("at the wildcard", local.getClass() == InetSocketAddress.class
                && local.getAddress().isAnyLocalAddress());
            return new InetSocketAddress("127.0.0.1", local.getPort());
        }
    }

    @Test
    void aListenerBoundToNullIsAtTheWildcard() throws Exception {
        List<String> reached =
            List.of("at the wildcard true", "channel true", "at the wildcard true", "asynchronous true");
        assertEquals(reached, run(WithoutAnAddress.class, "127.0.0.1=local,0.0.0.0=any"));
        assertEquals(reached, run(WithoutAnAddress.class, "10.0.0.1=local")); // TCP
    }

    /** A listener at the wildcard, whose port shifts, and a client that connects by an address of a prefix. */
    static final class Machines {
        public static void main(String[] args) throws IOException {
            InetSocketAddress self = new InetSocketAddress("10.7.0.3", 80);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress("0.0.0.0", 80));
                 SocketChannel client = SocketChannel.open(self); SocketChannel accepted = server.accept()) {
                print("listener", server.getLocalAddress());
                print("client's peer", client.getRemoteAddress().equals(self));
                print("client", ip(client.getLocalAddress()));
                print("accepted", accepted.getLocalAddress());
                print("accepted's peer", ip(accepted.getRemoteAddress()));
            }
        }
    }

    @Test
    void aMachineHasTheAddressThatTheRulesHaveForItsCid() throws Exception {
        assertEquals(List.of("listener /0.0.0.0:80", "client's peer true", "client 10.7.0.3", "accepted /10.7.0.3:80",
            "accepted's peer 10.7.0.3"),
            run(Machines.class, "!10.7.0.9,10.7.0.0/24:80=100+host:70080,0.0.0.0:80=any:70080"));
    }

    /** A program that hands out the address of its connection, and one that connects back, as FTP does. */
    static final class Unnamed {
        public static void main(String[] args) throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress("0.0.0.0", 7100));
                 ServerSocketChannel other = ServerSocketChannel.open().bind(VsockSocketAddress.any(7200));
                 SocketChannel client = SocketChannel.open(VsockSocketAddress.of(CID, 7100));
                 SocketChannel accepted = server.accept()) {
                InetSocketAddress peer = (InetSocketAddress) accepted.getRemoteAddress();
                print("peer", peer.equals(client.getLocalAddress()));
                InetSocketAddress back = new InetSocketAddress(peer.getAddress(), 7200);
                try (SocketChannel data = SocketChannel.open(back); SocketChannel found = other.accept()) {
                    print("back", data.getRemoteAddress() + " " + (found != null));
                }
                print("explained", Vsock.explain(back).contains("a socket has reported that machine"));
                try (SocketChannel stranger = SocketChannel.open()) {
                    stranger.connect(new InetSocketAddress("ff11:76:736f:636b::77", 7200));
                } catch (IOException e) {
                    print("stranger", e.getMessage().contains("it is the vsock-mapped form of vsock:119:7200"));
                }
            }
        }
    }

    @Test
    void aMachineWithoutAnAddressHasItsMappedOneAndThatConnects() throws Exception {
        assertEquals(List.of("peer true", "back vsock:103:7200 true", "explained true", "stranger true"),
            run(Unnamed.class, "bind 0.0.0.0:7100=any"));
    }

    /** Datagrams, and where they come from. */
    static final class Datagrams {
        public static void main(String[] args) throws IOException {
            try (DatagramChannel a = DatagramChannel.open().bind(new InetSocketAddress("127.0.0.1", 7300));
                 DatagramChannel b = DatagramChannel.open()) {
                b.send(ByteBuffer.wrap(new byte[1]), a.getLocalAddress());
                InetSocketAddress sender = (InetSocketAddress) a.receive(ByteBuffer.allocate(1));
                a.send(ByteBuffer.wrap(new byte[1]), sender);
                print("bound", a.getLocalAddress());
                print("sender", ip(sender));
                print("answer", b.receive(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void datagramsComeFromTheAddressOfTheRule() throws Exception {
        assertEquals(List.of("bound /127.0.0.1:7300", "sender 10.7.0.3", "answer /127.0.0.1:7300"),
            run(Datagrams.class, "127.0.0.1=local,10.7.0.3=" + CID));
    }

    /** Listeners at a free port, each by another rule. */
    static final class FreePorts {
        public static void main(String[] args) throws IOException {
            for (int port : new int[] { 0, 7500, 7501 }) {
                try (ServerSocketChannel server = ServerSocketChannel.open().bind(
                         new InetSocketAddress("127.0.0.1", port));
                     SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
                    print(port + " is reached", client.isConnected());
                } catch (IOException e) {
                    print(port + " is not reached", e.getMessage());
                }
            }
        }
    }

    @Test
    void aListenerAtAFreePortIsReachedByTheAddressThatItReports() throws Exception {
        assertEquals(List.of("0 is reached true", "7500 is reached true", "7501 is reached true"),
            run(FreePorts.class, "127.0.0.1:0=local:0,127.0.0.1:7500=local:0,127.0.0.1:7501=local:any"));
    }

    /** A service that answers datagrams of clients, whose ports no rule leads to. */
    static final class Answers {
        public static void main(String[] args) throws IOException {
            InetSocketAddress service = new InetSocketAddress("10.7.0.3", 7600);
            try (DatagramChannel a = DatagramChannel.open().bind(new InetSocketAddress("0.0.0.0", 7600));
                 DatagramChannel b = DatagramChannel.open()) {
                b.connect(service);
                b.write(ByteBuffer.wrap(new byte[1]));
                b.write(ByteBuffer.wrap(new byte[1]));
                InetSocketAddress sender = (InetSocketAddress) a.receive(ByteBuffer.allocate(1));
                print("same object", a.receive(ByteBuffer.allocate(1)) == sender);
                a.send(ByteBuffer.wrap(new byte[1]), sender);
                print("answer", b.receive(ByteBuffer.allocate(1)));
                a.send(ByteBuffer.wrap(new byte[1]), new InetSocketAddress(sender.getAddress(), sender.getPort()));
                print("answer", b.receive(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void aDatagramCanBeAnsweredAtTheAddressOfItsSender() throws Exception {
        assertEquals(List.of("same object true", "answer /10.7.0.3:7600", "answer /10.7.0.3:7600"),
            run(Answers.class, "10.7.0.0/24:7600=100+host,0.0.0.0=any"));
    }

    /** A peer with several addresses. */
    static final class Connected {
        public static void main(String[] args) throws IOException {
            InetSocketAddress peer = new InetSocketAddress("10.1.0.77", 7700);
            try (DatagramChannel a = DatagramChannel.open().bind(VsockSocketAddress.any(7700));
                 DatagramChannel b = DatagramChannel.open()) {
                b.connect(peer).write(ByteBuffer.wrap(new byte[1]));
                a.send(ByteBuffer.wrap(new byte[1]), a.receive(ByteBuffer.allocate(1)));
                print("sender", b.receive(ByteBuffer.allocate(1)));
                b.disconnect();
                a.send(ByteBuffer.wrap(new byte[1]), VsockSocketAddress.of(CID,
                    ((InetSocketAddress) b.getLocalAddress()).getPort()));
                print("then", b.receive(ByteBuffer.allocate(1)));
            }
        }
    }

    @Test
    void datagramsOfAConnectedChannelComeFromTheAddressThatItIsConnectedTo() throws Exception {
        assertEquals(List.of("sender /10.1.0.77:7700", "then /10.1.0.1:7700"),
            run(Connected.class, "10.1.0.0/16=" + CID));
    }

    /** A datagram that is refused because the channel is connected to another endpoint. */
    static final class Refused {
        public static void main(String[] args) throws IOException {
            try (DatagramChannel channel = DatagramChannel.open()) {
                channel.connect(VsockSocketAddress.of(CID, 7800));
                try {
                    channel.send(ByteBuffer.wrap(new byte[1]), new InetSocketAddress("10.1.0.1", 7801));
                } catch (AlreadyConnectedException e) {
                    print("refused, and the peer is", channel.getRemoteAddress());
                }
            }
        }
    }

    @Test
    void aRefusedDatagramDoesNotChangeTheReportedAddresses() throws Exception {
        assertEquals(List.of("refused, and the peer is vsock:103:7800"), run(Refused.class, "10.1.0.0/16=" + CID));
    }
}
