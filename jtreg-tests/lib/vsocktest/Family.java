// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import io.niovsock.VsockProtocolFamily;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The family of a channel, and how it was opened. TCP is the reference: a test checks TCP, too, on channels of the same
 * provider.
 */
public enum Family {
    /** A channel that its first address makes TCP. */
    TCP,

    /** A channel that its first address makes vsock. */
    VSOCK,

    /** A channel that is vsock from its opening. */
    VSOCK_BY_FAMILY;

    /** A free port of this machine, for a listener. */
    public SocketAddress anyPort() {
        return this == TCP ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0) : Endpoints.anyPort();
    }

    public SocketChannel open() throws IOException {
        return this == VSOCK_BY_FAMILY ? SocketChannel.open(VsockProtocolFamily.VSOCK) : SocketChannel.open();
    }

    public ServerSocketChannel openServer() throws IOException {
        return this == VSOCK_BY_FAMILY ? ServerSocketChannel.open(VsockProtocolFamily.VSOCK)
            : ServerSocketChannel.open();
    }

    /** A listener at a free port. */
    public ServerSocketChannel listen() throws IOException {
        return openServer().bind(anyPort());
    }
}
