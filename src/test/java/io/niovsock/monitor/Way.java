// SPDX-License-Identifier: Apache-2.0
package io.niovsock.monitor;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockServerSocketFactory;
import io.niovsock.VsockSocketAddress;
import io.niovsock.VsockSocketFactory;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Future;

/** The ways to connect and to accept. In each, the client writes {@value #SENT} bytes and reads {@value #ANSWERED}. */
enum Way {
    BLOCKING {
        @Override
        void converse(SocketAddress endpoint) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open(VsockProtocolFamily.VSOCK).bind(endpoint);
                 SocketChannel client = SocketChannel.open(VsockProtocolFamily.VSOCK)) {
                client.connect(endpoint);
                exchange(client, server.accept());
            }
        }
    },

    DEFERRED {
        @Override
        void converse(SocketAddress endpoint) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(endpoint);
                 SocketChannel client = SocketChannel.open(endpoint)) {
                exchange(client, server.accept());
            }
        }
    },

    SELECTED {
        @Override
        void converse(SocketAddress endpoint) throws Exception {
            try (Selector selector = Selector.open();
                 ServerSocketChannel server = ServerSocketChannel.open().bind(endpoint);
                 SocketChannel client = SocketChannel.open()) {
                server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
                client.configureBlocking(false).register(selector, SelectionKey.OP_CONNECT);
                client.connect(endpoint);
                SocketChannel accepted = null;
                while (accepted == null || !client.isConnected()) {
                    selector.select();
                    client.finishConnect();
                    if (accepted == null)
                        accepted = server.accept();
                }
                client.keyFor(selector).cancel();
                selector.selectNow();
                client.configureBlocking(true);
                exchange(client, accepted);
            }
        }
    },

    SOCKET {
        @Override
        void converse(SocketAddress endpoint) throws Exception {
            exchange(endpoint, VsockServerSocketFactory.getDefault().createServerSocket(),
                VsockSocketFactory.getDefault().createSocket());
        }
    },

    ADAPTOR {
        @Override
        void converse(SocketAddress endpoint) throws Exception {
            exchange(endpoint, ServerSocketChannel.open().socket(), SocketChannel.open().socket());
        }
    },

    RECORDS {
        @Override
        void converse(SocketAddress endpoint) throws Exception {
            VsockProtocolFamily family = VsockProtocolFamily.VSOCK_SEQPACKET;
            try (ServerSocketChannel server = ServerSocketChannel.open(family).bind(endpoint);
                 SocketChannel client = SocketChannel.open(family)) {
                client.connect(endpoint);
                exchange(client, server.accept());
            }
        }
    },

    ASYNCHRONOUS {
        @Override
        void converse(SocketAddress endpoint) throws Exception {
            try (AsynchronousServerSocketChannel server = AsynchronousServerSocketChannel.open().bind(endpoint);
                 AsynchronousSocketChannel client = AsynchronousSocketChannel.open()) {
                Future<AsynchronousSocketChannel> accepted = server.accept();
                client.connect(endpoint).get();
                try (AsynchronousSocketChannel peer = accepted.get()) {
                    client.write(ByteBuffer.allocate(SENT)).get();
                    for (ByteBuffer dst = ByteBuffer.allocate(SENT); dst.hasRemaining();)
                        peer.read(dst).get();
                    peer.write(ByteBuffer.allocate(ANSWERED)).get();
                    for (ByteBuffer dst = ByteBuffer.allocate(ANSWERED); dst.hasRemaining();)
                        client.read(dst).get();
                }
            }
        }
    };

    static final int SENT = 5;
    static final int ANSWERED = 3;

    private static final int LONG_MILLIS = 60_000;
    private static final int FIRST_PORT = 7000;

    /** An endpoint of its own for each. */
    VsockSocketAddress endpoint() {
        return VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, FIRST_PORT + ordinal());
    }

    final String kind() {
        return this == RECORDS ? "records" : "stream";
    }

    abstract void converse(SocketAddress endpoint) throws Exception;

    private static void exchange(SocketChannel client, SocketChannel accepted) throws IOException {
        try (SocketChannel peer = accepted) {
            client.write(ByteBuffer.allocate(SENT));
            for (ByteBuffer dst = ByteBuffer.allocate(SENT); dst.hasRemaining();)
                peer.read(dst);
            peer.write(ByteBuffer.allocate(ANSWERED));
            for (ByteBuffer dst = ByteBuffer.allocate(ANSWERED); dst.hasRemaining();)
                client.read(dst);
        }
    }

    private static void exchange(SocketAddress endpoint, ServerSocket listener, Socket client) throws IOException {
        try (listener; client) {
            listener.bind(endpoint);
            client.connect(endpoint, LONG_MILLIS);
            try (Socket peer = listener.accept()) {
                client.getOutputStream().write(new byte[SENT]);
                peer.getInputStream().readNBytes(SENT);
                peer.getOutputStream().write(new byte[ANSWERED]);
                client.getInputStream().readNBytes(ANSWERED);
            }
        }
    }

    /** Converses in each way. */
    static final class Program {
        public static void main(String[] args) throws Exception {
            for (Way way : values())
                way.converse(way.endpoint());
            System.out.println("done");
        }
    }
}
