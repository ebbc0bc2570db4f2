package io.niovsock.datagram;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/** The ways to a datagram channel. One contract holds for all, and the JDK's own channel is the measure of the others. */
enum DatagramKind {
    JDK_UDP, UDP, VSOCK, DEFERRED_VSOCK;

    boolean isVsock() {
        return this == VSOCK || this == DEFERRED_VSOCK;
    }

    DatagramChannel open() throws IOException {
        return switch (this) {
            case JDK_UDP -> DatagramChannel.open(StandardProtocolFamily.INET);
            case VSOCK -> DatagramChannel.open(VsockProtocolFamily.VSOCK);
            case UDP, DEFERRED_VSOCK -> DatagramChannel.open();
        };
    }

    InetSocketAddress freeEndpoint() {
        return isVsock() ? VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, 0)
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    DatagramChannel openBound() throws IOException {
        DatagramChannel channel = open();
        try {
            return channel.bind(freeEndpoint());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
