// SPDX-License-Identifier: Apache-2.0
package io.niovsock.endpoint;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ForEachChannel;
import io.niovsock.testkit.ForEachVsockChannel;
import io.niovsock.testkit.Pair;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.function.Executable;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Endpoints without a listener, or that this machine cannot have: the exception and its message. */
class RefusedEndpointTest {
    private static void assertSays(Throwable e, String... parts) {
        for (String part : parts)
            assertTrue(e.getMessage().contains(part), e::toString);
    }

    @ForEachChannel
    void nobodyListens(ChannelKind channel) throws Exception {
        InetSocketAddress nobody = channel.nobody();
        try (SocketChannel client = channel.openClient()) {
            ConnectException e = assertFails(ConnectException.class, () -> client.connect(nobody));
            assertTrue(e.getMessage().startsWith("Connection refused"), e::toString);
            if (channel.isVsock())
                assertSays(e, "connect to " + nobody, "no listener");
            assertFalse(client.isOpen(), "a failed connect closes the channel");
            assertThrows(ClosedChannelException.class, () -> client.connect(nobody));
        }
    }

    @ForEachChannel
    void nobodyListensForANonBlockingClient(ChannelKind channel) throws Exception {
        InetSocketAddress nobody = channel.nobody();
        try (SocketChannel client = channel.openClient()) {
            client.configureBlocking(false);
            ConnectException e = assertFails(ConnectException.class, () -> {
                client.connect(nobody);
                while (!client.finishConnect())
                    Thread.onSpinWait();
            });
            assertTrue(e.getMessage().startsWith("Connection refused"), e::toString);
            if (channel.isVsock())
                assertSays(e, "connect to " + nobody);
            assertFalse(client.isOpen());
        }
    }

    @ForEachChannel
    void openingAChannelToNobodyLeavesNothingOpen(ChannelKind channel) throws Exception {
        InetSocketAddress nobody = channel.nobody();
        assertFails(ConnectException.class, () -> SocketChannel.open(nobody)); // the leak check sees the rest
    }

    @ForEachChannel
    void aListenerThatHasClosedIsNobody(ChannelKind channel) throws Exception {
        ServerSocketChannel server = channel.listen();
        InetSocketAddress where = (InetSocketAddress) server.getLocalAddress();
        try (SocketChannel client = channel.openClient()) {
            client.connect(where);
            server.accept().close();
        }
        server.close();
        try (SocketChannel late = channel.openClient()) {
            assertFails(ConnectException.class, () -> late.connect(where));
        }
    }

    /** A socket that is only bound takes no connections. */
    @ForEachVsockChannel
    void aBoundClientIsNoListener(ChannelKind channel) throws Exception {
        try (SocketChannel bound = channel.openClient().bind(channel.freeEndpoint());
             SocketChannel client = channel.openClient()) {
            assertFails(ConnectException.class, () -> client.connect(bound.getLocalAddress()));
        }
    }

    @ForEachChannel
    void aPortInUseIsNotGivenTwice(ChannelKind channel) throws Exception {
        try (ServerSocketChannel first = channel.listen(); ServerSocketChannel second = channel.openServer();
             SocketChannel client = channel.openClient()) {
            for (Executable bind : new Executable[] {
                () -> second.bind(first.getLocalAddress()), () -> client.bind(first.getLocalAddress()) }) {
                BindException e = assertFails(BindException.class, bind);
                if (channel.isVsock())
                    assertSays(e, "bind to " + first.getLocalAddress(), "in use");
            }
            second.bind(channel.freeEndpoint());
        }
    }

    @ForEachVsockChannel
    void aPortIsFreeAgainAfterTheClose(ChannelKind channel) throws Exception {
        VsockSocketAddress where = (VsockSocketAddress) channel.nobody();
        for (int i = 0; i < 5; i++) {
            try (ServerSocketChannel server = channel.openServer().bind(where);
                 SocketChannel client = channel.openClient()) {
                client.connect(where);
                try (SocketChannel peer = server.accept()) {
                    Streams.assertConnected(new Pair(client, peer));
                }
            }
        }
    }

    @ForEachVsockChannel
    void aCidOfAnotherMachineIsNoneToBindTo(ChannelKind channel) throws Exception {
        for (long cid : new long[] { VsockSocketAddress.CID_HYPERVISOR, 77, 0x8000_0000L }) {
            VsockSocketAddress elsewhere = VsockSocketAddress.of(cid, 5000);
            try (ServerSocketChannel server = channel.openServer(); SocketChannel client = channel.openClient()) {
                assertSays(assertFails(BindException.class, () -> server.bind(elsewhere)), "bind to " + elsewhere,
                    "not a CID of this machine");
                assertSays(assertFails(BindException.class, () -> client.bind(elsewhere)), "bind to " + elsewhere);
                server.bind(channel.freeEndpoint());
                client.bind(channel.freeEndpoint());
            }
        }
    }

    /** More clients at once than the backlog holds: the kernel's vsock resets the excess ones. */
    @ForEachVsockChannel
    void whoIsTooManyIsRefusedNotKeptWaiting(ChannelKind channel) throws Exception {
        try (ServerSocketChannel server = channel.openServer().bind(channel.freeEndpoint(), 2)) {
            List<SocketChannel> clients = new ArrayList<>();
            try {
                ConnectException e = assertFails(ConnectException.class, () -> {
                    for (int i = 0; i < 200; i++) {
                        SocketChannel client = channel.openClient();
                        clients.add(client);
                        client.connect(server.getLocalAddress());
                    }
                });
                assertSays(e, "connect to " + server.getLocalAddress());
                server.accept().close(); // the clients in the backlog are served
            } finally {
                for (SocketChannel client : clients)
                    client.close();
            }
        }
    }
}
