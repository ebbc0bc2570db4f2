// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** The source of channels. Everything else is the same for all implementations: the classes of java.nio. */
interface Implementation {
    int BACKLOG = 1024;

    /** A listener at an address of its own. */
    ServerSocketChannel listen() throws IOException;

    /** An address for an asynchronous listener, with any free port. */
    default SocketAddress listenAddress() {
        throw new UnsupportedOperationException("no asynchronous channels of this kind");
    }

    /** A new connection, opened as a user of this implementation would open it. */
    SocketChannel connect(SocketAddress remote) throws IOException;

    /** A connection that keeps the bounds of what is written. */
    default Connected connectForRecords() throws IOException {
        throw new UnsupportedOperationException("no records");
    }

    default Selector openSelector() throws IOException {
        return Selector.open();
    }

    /** A datagram channel bound to an address of its own. */
    DatagramChannel bindDatagrams() throws IOException;

    /** The address that reaches a channel of {@link #bindDatagrams}. */
    default SocketAddress destination(DatagramChannel channel) throws IOException {
        return channel.getLocalAddress();
    }

    /** Closes a connection without leaving anything behind that could run out. */
    default void prepareToClose(SocketChannel client) throws IOException { }

    static Implementation named(String name) {
        return switch (name) {
            case "jdk-unix" -> new JdkUnix();
            case "jdk-tcp" -> new JdkTcp();
            case "junixsocket" -> new Junixsocket();
            case "niovsock" -> new Niovsock();
            default -> throw new IllegalArgumentException(name);
        };
    }

    static Path socketFile() throws IOException {
        Path file = Files.createTempFile("bench", ".sock");
        Files.delete(file);
        file.toFile().deleteOnExit();
        return file;
    }

    /** The JDK's channels of the family UNIX. */
    final class JdkUnix implements Implementation {
        @Override
        public ServerSocketChannel listen() throws IOException {
            return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socketFile()), BACKLOG);
        }

        @Override
        public SocketChannel connect(SocketAddress remote) throws IOException {
            return SocketChannel.open(remote);
        }

        @Override
        public DatagramChannel bindDatagrams() {
            throw new UnsupportedOperationException("the JDK has no datagram channel of the family UNIX");
        }
    }

    /** The JDK's channels over TCP's loopback. */
    final class JdkTcp implements Implementation {
        @Override
        public ServerSocketChannel listen() throws IOException {
            return ServerSocketChannel.open().bind(listenAddress(), BACKLOG);
        }

        @Override
        public SocketAddress listenAddress() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        }

        @Override
        public SocketChannel connect(SocketAddress remote) throws IOException {
            return SocketChannel.open(remote).setOption(StandardSocketOptions.TCP_NODELAY, true);
        }

        @Override
        public DatagramChannel bindDatagrams() throws IOException {
            return DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }

        /** A closed TCP connection keeps its port for a minute, unless it is reset. */
        @Override
        public void prepareToClose(SocketChannel client) throws IOException {
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
    }
}
