// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.net;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** Connects in blocking mode. */
public final class Connector {
    private Connector() { }

    /**
     * Connects to the first of the endpoint's addresses that answers.
     *
     * @param endpoint where to
     * @param records whether the connection is one of records; for vsock only
     * @param limit the time for each address; zero is that of the system
     * @return the connected channel
     */
    public static SocketChannel connect(Endpoint endpoint, boolean records, Duration limit) throws IOException {
        IOException failure = null;
        for (SocketAddress address : endpoint.addresses()) {
            try {
                return connect(endpoint, address, records, limit);
            } catch (IOException e) {
                failure = e;
            }
        }
        throw new IOException("cannot connect to " + endpoint + ": " + (failure == null ? "it has no address"
            : failure.getMessage()), failure);
    }

    private static SocketChannel connect(Endpoint endpoint, SocketAddress address, boolean records, Duration limit)
            throws IOException {
        SocketChannel channel = records
            ? VsockSelectorProvider.instance().openSocketChannel(VsockProtocolFamily.VSOCK_SEQPACKET)
            : endpoint.open(address);
        try (IdleLimit watch = new IdleLimit(channel, limit)) {
            connect(channel, address, watch, limit);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void connect(SocketChannel channel, SocketAddress address, IdleLimit watch, Duration limit)
            throws IOException {
        try {
            channel.connect(address);
        } catch (IOException e) {
            if (watch.isOver())
                throw new SocketTimeoutException("no answer within " + limit.toMillis() / 1e3 + " s");
            throw e;
        }
    }
}
