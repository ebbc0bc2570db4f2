// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.measure;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Semaphore;

/** Sends back what peers send: the other side of {@link Pinger}. */
public final class EchoServer {
    private static final int MOST_PEERS = 1000;
    private static final int LARGEST = 4 << 20; // a record has at most the size of a socket's buffer
    private static final int STREAM_BUFFER = 64 << 10;
    private static final int DATAGRAM_BUFFER = 70_000;

    private EchoServer() { }

    /** What is done for one peer; the channel is closed after that. */
    public interface Service {
        /** Serves one peer. */
        void serve(SocketChannel peer) throws IOException;
    }

    /** Serves connections until the listener is closed. */
    public static void serve(ServerSocketChannel listener, boolean records) throws IOException {
        serve(listener, peer -> echo(peer, ByteBuffer.allocateDirect(records ? LARGEST : STREAM_BUFFER)));
    }

    /** Serves connections by a service, each in a thread of its own, until the listener is closed. */
    public static void serve(ServerSocketChannel listener, Service service) throws IOException {
        Semaphore room = new Semaphore(MOST_PEERS);
        while (true) {
            room.acquireUninterruptibly();
            SocketChannel peer;
            try {
                peer = listener.accept();
            } catch (AsynchronousCloseException e) {
                return;
            }
            Thread thread = new Thread(() -> serve(peer, service, room), "peer");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void serve(SocketChannel channel, Service service, Semaphore room) {
        try (SocketChannel peer = channel) {
            service.serve(peer);
        } catch (IOException gone) {
            // the peer has left; the others stay
        } finally {
            room.release();
        }
    }

    private static void echo(SocketChannel peer, ByteBuffer buffer) throws IOException {
        while (peer.read(buffer.clear()) >= 0)
            for (buffer.flip(); buffer.hasRemaining();)
                peer.write(buffer);
    }

    /** Sends datagrams back until the channel is closed. */
    public static void serve(DatagramChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(DATAGRAM_BUFFER);
        while (true) {
            SocketAddress peer = channel.receive(buffer.clear());
            try {
                channel.send(buffer.flip(), peer);
            } catch (IOException gone) {
                // the peer has left; the others stay
            }
        }
    }
}
