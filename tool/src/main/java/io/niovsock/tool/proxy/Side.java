// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.internal.tool.SplicePipe;
import io.niovsock.tool.net.Endpoint;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** One of the two sockets of a {@link Link}. */
final class Side implements EventLoop.Handler {
    private final Link link;
    private final Endpoint endpoint;
    private final SocketChannel channel;
    private SelectionKey key;
    private Flow incoming; // reads from this socket
    private Flow outgoing; // writes to this socket
    private IOException reset; // by which a write has failed; null: none has

    Side(Link link, Endpoint endpoint, SocketChannel channel) {
        this.link = link;
        this.endpoint = endpoint;
        this.channel = channel;
    }

    void flows(Flow reads, Flow writes) {
        incoming = reads;
        outgoing = writes;
    }

    /** Registers the channel for reading; its connect may have registered it already. */
    void register(EventLoop loop) throws IOException {
        key = loop.register(channel, SelectionKey.OP_READ, this);
    }

    SocketChannel channel() {
        return channel;
    }

    void want(int operation) {
        key.interestOpsOr(operation);
    }

    void doNotWant(int operation) {
        key.interestOpsAnd(~operation);
    }

    @Override
    public void ready(SelectionKey selected) {
        int ready = selected.readyOps();
        if ((ready & SelectionKey.OP_WRITE) != 0)
            outgoing.writable();
        if ((ready & SelectionKey.OP_READ) != 0 && selected.isValid())
            incoming.readable();
    }

    @Override
    public void failed(Throwable cause) {
        link.breakOff(cause);
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            link.tell("close: " + e.getMessage());
        }
    }

    /** The kernel may tell a reset once. What it has told to a write, a read then takes for the end of the stream. */
    void writeFailed(IOException cause) {
        if (SplicePipe.isReset(cause))
            reset = cause;
    }

    IOException resetOrNull() {
        return reset;
    }

    /** Closes the socket in a way that the peer sees as an error, if its family has one. */
    void reset() {
        try {
            if (endpoint.kind() == Endpoint.Kind.TCP)
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException gone) {
            // the peer has been told already
        }
        close();
    }
}
