// SPDX-License-Identifier: Apache-2.0
package io.niovsock.endpoint;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Skip;
import io.niovsock.testkit.Streams;

import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Set;

import static io.niovsock.VsockSocketAddress.CID_ANY;
import static io.niovsock.VsockSocketAddress.CID_LOCAL;
import static io.niovsock.VsockSocketAddress.PORT_ANY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ReportedAddressesTest {
    private static VsockSocketAddress local(SocketChannel channel) throws Exception {
        return assertInstanceOf(VsockSocketAddress.class, channel.getLocalAddress());
    }

    private static VsockSocketAddress local(ServerSocketChannel server) throws Exception {
        return assertInstanceOf(VsockSocketAddress.class, server.getLocalAddress());
    }

    private static VsockSocketAddress remote(SocketChannel channel) throws Exception {
        return assertInstanceOf(VsockSocketAddress.class, channel.getRemoteAddress());
    }

    @ForEachChannel
    void eachSideSeesTheOthersAddress(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            assertEquals(pair.client().getRemoteAddress(), pair.peer().getLocalAddress());
            assertEquals(pair.client().getLocalAddress(), pair.peer().getRemoteAddress());
            assertNotEquals(pair.client().getLocalAddress(), pair.peer().getLocalAddress());
            assertEquals(pair.client().getLocalAddress(), pair.client().socket().getLocalSocketAddress());
            assertEquals(pair.client().getRemoteAddress(), pair.client().socket().getRemoteSocketAddress());
        }
    }

    @ForEachVsockChannel
    void overLoopbackBothSidesAreLocal(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel)) {
            for (SocketChannel side : new SocketChannel[] { pair.client(), pair.peer() }) {
                assertEquals(CID_LOCAL, local(side).getCid());
                assertEquals(CID_LOCAL, remote(side).getCid());
            }
        }
    }

    /** Programs keep the result of getLocalPort() in 16 bits. */
    @ForEachVsockChannel
    void portZeroBecomesAFreeOneOfSixteenBits(ChannelKind channel) throws Exception {
        Set<Long> ports = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            try (ServerSocketChannel server = channel.openServer().bind(VsockSocketAddress.of(CID_LOCAL, 0));
                 SocketChannel client = channel.openClient().bind(VsockSocketAddress.of(CID_LOCAL, 0))) {
                for (VsockSocketAddress address : new VsockSocketAddress[] { local(server), local(client) }) {
                    assertTrue(address.getVsockPort() >= 49152 && address.getVsockPort() <= 65535, address::toString);
                    assertEquals(address.getVsockPort(), address.getPort());
                    ports.add(address.getVsockPort());
                }
                assertEquals(local(server).getVsockPort(), server.socket().getLocalPort());
                assertNotEquals(local(server), local(client));
            }
        }
        assertTrue(ports.size() > 80, () -> "of 100 only " + ports.size() + " differ");
    }

    @ForEachVsockChannel
    void anyPortBecomesOneOfTheKernelsChoice(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.openServer().bind(VsockSocketAddress.of(CID_LOCAL, PORT_ANY));
             SocketChannel client = channel.openClient()) {
            assertNotEquals(PORT_ANY, local(server).getVsockPort());
            assertTrue(local(server).getVsockPort() >= 1024);
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                assertEquals(local(server), remote(client));
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }

    @ForEachVsockChannel
    void aPortOfThirtyTwoBitsIsKeptWhole(ChannelKind channel) throws Exception {
        for (long port : new long[] { 65536, 0x1234_5678, 0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_FFFEL }) {
            VsockSocketAddress where = VsockSocketAddress.of(CID_LOCAL, port);
            try (ServerSocketChannel server = channel.openServer().bind(where);
                 SocketChannel client = channel.openClient()) {
                assertEquals(where, local(server));
                client.connect(where);
                assertEquals(where, remote(client));
                try (SocketChannel peer = server.accept()) {
                    assertEquals(port, local(peer).getVsockPort());
                }
            }
        }
    }

    @ForEachVsockChannel
    void aServerBoundToAnyReportsAny(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.openServer().bind(VsockSocketAddress.of(CID_ANY, 0))) {
            assertEquals(CID_ANY, local(server).getCid());
            assertTrue(local(server).getVsockPort() >= 49152);
        }
    }

    /** Programs compare the address without the port, to admit a peer or to count its connections. */
    @ForEachVsockChannel
    void clientsOfOneCidAreSeenAtOneAddress(ChannelKind channel) throws Exception {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            try (Pair pair = Pair.of(channel)) {
                assertEquals(VsockSocketAddress.of(CID_LOCAL, 0).getAddress(), remote(pair.peer()).getAddress());
                assertEquals(local(pair.client()).getVsockPort(), remote(pair.peer()).getVsockPort());
                assertEquals(pair.client().socket().getLocalPort(), remote(pair.peer()).getVsockPort());
                ports.add(remote(pair.peer()).getPort());
            }
        }
        assertEquals(20, ports.size(), "a port is not used again soon");
    }

    /** A client can connect to the address that a server reports, as a TCP client can to 0.0.0.0. */
    @ForEachChannel
    void aClientConnectsToTheWildcardThatTheServerReports(ChannelKind channel) throws Exception {
        InetSocketAddress wildcard = channel.isVsock() ? VsockSocketAddress.of(CID_ANY, 0) : new InetSocketAddress(0);
        try (ServerSocketChannel server = channel.openServer().bind(wildcard);
             SocketChannel client = channel.openClient()) {
            client.connect(server.getLocalAddress());
            try (SocketChannel peer = server.accept()) {
                Streams.assertConnected(new Pair(client, peer));
                assertEquals(((InetSocketAddress) server.getLocalAddress()).getPort(),
                    ((InetSocketAddress) client.getRemoteAddress()).getPort());
                if (channel.isVsock()) {
                    assertEquals(CID_LOCAL, remote(client).getCid());
                    assertEquals(CID_LOCAL, remote(peer).getCid());
                    assertEquals(remote(client), local(peer),
                        "a loopback connection has loopback addresses on both sides");
                }
            }
        }
    }

    @ForEachVsockChannel
    void aBoundClientIsSeenByItsAddress(ChannelKind channel) throws Exception {
        SocketChannel client = channel.openClient().bind(VsockSocketAddress.of(CID_LOCAL, 0));
        VsockSocketAddress bound = local(client);
        try (Pair pair = Pair.of(channel, client)) {
            assertEquals(bound, local(client));
            assertEquals(bound, remote(pair.peer()));
        }
    }

    @ForEachVsockChannel
    void aClientBoundToAnyIsSeenByItsPort(ChannelKind channel) throws Exception {
        SocketChannel client = channel.openClient().bind(VsockSocketAddress.of(CID_ANY, 0));
        long port = local(client).getVsockPort();
        try (Pair pair = Pair.of(channel, client)) {
            assertEquals(port, remote(pair.peer()).getVsockPort());
            Streams.assertConnected(pair);
        }
    }

    @ForEachChannel
    void everythingIsAnInetSocketAddress(ChannelKind channel) throws Exception {
        try (Pair pair = Pair.of(channel); ServerSocketChannel server = channel.listen()) {
            InetSocketAddress remote = (InetSocketAddress) pair.client().getRemoteAddress();
            assertNotEquals(0, ChannelKind.portOf(remote));
            assertEquals(remote.getAddress(), pair.client().socket().getInetAddress());
            assertEquals(remote.getPort(), pair.client().socket().getPort());
            InetSocketAddress bound = (InetSocketAddress) server.getLocalAddress();
            assertEquals(bound.getAddress(), server.socket().getInetAddress());
            assertEquals(bound, server.socket().getLocalSocketAddress());
        }
    }

    @ForEachChannel
    void nothingIsReportedBeforeThereIsSomething(ChannelKind channel) throws Exception {
        try (SocketChannel client = channel.openClient()) {
            assertNull(client.getLocalAddress());
            client.bind(channel.freeEndpoint());
            assertNull(client.getRemoteAddress());
            assertNotEquals(0, ChannelKind.portOf(client.getLocalAddress()));
        }
    }

    /** In testvm/ there is only the loopback; on the emulated transport the test chooses the CIDs. */
    @ForEachVsockChannel
    void theOwnCidReachesThisMachineToo(ChannelKind channel) throws Exception {
        if (!Machine.isEmulated())
            throw Skip.because("in testvm/ there is only the loopback: "
                + "the emulated transport has CIDs of its own choice");
        long own = Vsock.localCid();
        try (ServerSocketChannel server = channel.openServer().bind(VsockSocketAddress.of(CID_ANY, 0));
             SocketChannel client = channel.openClient()) {
            client.connect(VsockSocketAddress.of(own, local(server).getVsockPort()));
            try (SocketChannel peer = server.accept()) {
                assertEquals(own, remote(client).getCid());
                assertEquals(own, remote(peer).getCid());
                Streams.assertConnected(new Pair(client, peer));
            }
        }
    }
}
