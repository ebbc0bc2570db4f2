// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketOptions;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import java.util.concurrent.Future;

import static io.niovsock.asynchronous.Outcome.ATTACHMENT;
import static io.niovsock.asynchronous.Outcome.failureOf;
import static io.niovsock.asynchronous.Outcome.resultOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What decides whether an asynchronous channel is vsock, and what it keeps of the time before. */
class DecidingTest {
    private static final InetSocketAddress WILDCARD = new InetSocketAddress(0);

    private static VsockSocketAddress local(long port) {
        return VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, port);
    }

    @Test
    void optionsSetBeforeCarryOver() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open();
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            server.setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 1L << 20)
                .setOption(VsockSocketOptions.BUFFER_SIZE, 1L << 20);
            assertEquals(1L << 20, server.getOption(VsockSocketOptions.BUFFER_SIZE));
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(local(0));
            client.setOption(StandardSocketOptions.TCP_NODELAY, true)
                .setOption(VsockSocketOptions.BUFFER_MAX_SIZE, 500_000L)
                .setOption(VsockSocketOptions.BUFFER_SIZE, 500_000L);
            assertTrue(client.supportedOptions().contains(VsockSocketOptions.CONNECT_TIMEOUT));
            Future<AsynchronousSocketChannel> accepted = server.accept();
            resultOf(client.connect(server.getLocalAddress()));
            resultOf(accepted).close();
            assertEquals(1L << 20, server.getOption(VsockSocketOptions.BUFFER_SIZE));
            assertEquals(500_000L, client.getOption(VsockSocketOptions.BUFFER_SIZE));
            assertTrue(client.getOption(StandardSocketOptions.TCP_NODELAY));
        }
    }

    @Test
    void aWildcardWithPortZeroDoesNotDecide() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousKind.VSOCK.listen(null);
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open().bind(WILDCARD)) {
            assertThrows(AlreadyBoundException.class, () -> client.bind(WILDCARD));
            Future<AsynchronousSocketChannel> accepted = server.accept();
            resultOf(client.connect(server.getLocalAddress()));
            assertInstanceOf(VsockSocketAddress.class, client.getLocalAddress());
            resultOf(accepted).close();
        }
    }

    @Test
    void aClientCanBeBoundToVsock() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousKind.VSOCK.listen(null);
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open().bind(local(0))) {
            assertInstanceOf(VsockSocketAddress.class, client.getLocalAddress());
            Future<AsynchronousSocketChannel> accepted = server.accept();
            resultOf(client.connect(server.getLocalAddress()));
            try (AsynchronousSocketChannel peer = resultOf(accepted)) {
                assertEquals(client.getLocalAddress(), peer.getRemoteAddress());
            }
        }
    }

    @Test
    void whatIsDecidedStays() throws Exception {
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (AsynchronousSocketChannel tcp = AsynchronousSocketChannel.open().bind(loopback);
             AsynchronousSocketChannel vsock = AsynchronousSocketChannel.open().bind(local(0))) {
            assertThrows(UnsupportedAddressTypeException.class, () -> tcp.connect(local(5000)));
            assertThrows(UnsupportedAddressTypeException.class,
                () -> vsock.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)));
            assertTrue(tcp.isOpen() && vsock.isOpen());
        }
    }

    @Test
    void aMappedAddressThatIsNotAllowedFailsTheConnect() throws Exception {
        InetSocketAddress mapped = new InetSocketAddress(local(5000).getAddress(), 5000);
        AsynchronousSocketChannel client = AsynchronousSocketChannel.open();
        failureOf(client.connect(mapped), SocketException.class);
        assertFalse(client.isOpen());
        AsynchronousSocketChannel other = AsynchronousSocketChannel.open();
        Outcome<Void> outcome = new Outcome<>();
        other.connect(mapped, ATTACHMENT, outcome);
        outcome.failure(SocketException.class);
        assertFalse(other.isOpen());
        try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open()) {
            assertThrows(IOException.class, () -> server.bind(mapped));
        }
    }

    /** Asynchronous channels and others meet. */
    @Test
    void eachEndMayBeSynchronous() throws Exception {
        try (AsynchronousServerSocketChannel server = AsynchronousKind.VSOCK.listen(null);
             SocketChannel client = SocketChannel.open(server.getLocalAddress());
             AsynchronousSocketChannel peer = resultOf(server.accept())) {
            AsynchronousPair.send(peer, "text");
            assertEquals("text", Streams.readText(client, 4));
        }
        try (ServerSocketChannel server = ChannelKind.VSOCK.listen();
             AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
            resultOf(client.connect(server.getLocalAddress()));
            try (SocketChannel peer = server.accept()) {
                Streams.write(peer, "text");
                assertEquals("text", AsynchronousPair.receive(client, 4));
            }
        }
    }

    /**
     * Prints the addresses of a connection to an Internet address that a rule, or the mapping, makes vsock. Channels
     * report the addresses of a rule.
     */
    static final class Program {
        public static void main(String[] args) throws Exception {
            InetSocketAddress address = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
            try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open().bind(address);
                 AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
                Future<AsynchronousSocketChannel> accepted = server.accept();
                client.connect(address).get();
                System.out.println(server.getLocalAddress() + " " + client.getRemoteAddress());
                try (AsynchronousSocketChannel peer = accepted.get()) {
                    System.out.println(peer.getRemoteAddress().equals(client.getLocalAddress()) + " "
                        + client.supportedOptions().contains(VsockSocketOptions.BUFFER_SIZE)); // only vsock's
                }
            }
        }
    }

    @Test
    void aRuleMakesAnAddressVsock() throws Exception {
        assertEquals(List.of("/127.0.0.1:7001 /127.0.0.1:7001", "true true"), ChildJvm.of(Program.class)
            .property("io.niovsock.rules", "127.0.0.1=local").arguments("127.0.0.1", 7001).run().succeeded().lines());
    }

    @Test
    void aMappedAddressIsVsockWhereThatIsAllowed() throws Exception {
        assertEquals(List.of("vsock:local:7002 vsock:local:7002", "true true"), ChildJvm.of(Program.class)
            .property("io.niovsock.mapped", true).arguments(local(7002).getAddress().getHostAddress(), 7002).run()
            .succeeded().lines());
    }
}
