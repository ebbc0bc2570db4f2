// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/**
 * The port of a TCP listener that was closed. Nothing else gets it meanwhile: a connect that is to be refused would
 * reach that, or, if its own end got the port, itself. The ports of vsock are too many for that.
 */
final class KeptPort implements Closeable {
    private SocketChannel keeper; // null: the listener is open, or vsock

    void keep(SocketAddress listener) throws IOException {
        if (listener instanceof VsockSocketAddress || keeper != null)
            return;
        keeper = SocketChannel.open();
        keeper.setOption(StandardSocketOptions.SO_REUSEADDR, true); // its connections may still have it
        keeper.bind(listener);
    }

    @Override
    public void close() throws IOException {
        if (keeper != null)
            keeper.close();
    }
}
