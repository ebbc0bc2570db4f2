// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.cat;

import io.niovsock.tool.net.IdleLimit;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** The other end of a socket of datagrams: a fixed one, or the sender of the last datagram. */
public final class DatagramPeer implements Sender.Peer {
    private static final int LARGEST = 70_000; // vsock's have at most 69608 bytes

    private final DatagramChannel channel;
    private final IdleLimit limit;
    private SocketAddress peer; // guarded by this; null until the first datagram has come

    /**
     * Creates the peer of a socket.
     *
     * @param channel a bound channel
     * @param fixed the peer; null: the sender of the last datagram
     * @param limit is told of datagrams that move
     */
    public DatagramPeer(DatagramChannel channel, SocketAddress fixed, IdleLimit limit) {
        this.channel = channel;
        this.limit = limit;
        peer = fixed;
    }

    @Override
    public void send(ByteBuffer block) throws IOException {
        channel.send(block, awaitPeer());
        limit.moved();
    }

    private synchronized SocketAddress awaitPeer() throws IOException {
        try {
            while (peer == null)
                wait();
            return peer;
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
    }

    private synchronized void heard(SocketAddress sender) {
        peer = sender;
        notifyAll();
    }

    /** A datagram socket has no end. */
    @Override
    public void end() {
        limit.moved();
    }

    /** Passes datagrams on, until the channel is closed. */
    public void receive(StreamPeer.Sink sink) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(LARGEST);
        while (true) {
            SocketAddress sender = channel.receive(buffer.clear());
            limit.moved();
            heard(sender);
            sink.write(buffer.flip());
        }
    }
}
