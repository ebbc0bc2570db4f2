// SPDX-License-Identifier: Apache-2.0
package io.niovsock.datagram;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/** The ways to open a datagram channel. One contract holds for all; the JDK's own channel is the reference. */
public enum DatagramKind {
    JDK_UDP, UDP, VSOCK, DEFERRED_VSOCK;

    public boolean isVsock() {
        return this == VSOCK || this == DEFERRED_VSOCK;
    }

    public DatagramChannel open() throws IOException {
        return switch (this) {
            case JDK_UDP -> DatagramChannel.open(StandardProtocolFamily.INET);
            case VSOCK -> DatagramChannel.open(VsockProtocolFamily.VSOCK);
            case UDP, DEFERRED_VSOCK -> DatagramChannel.open();
        };
    }

    /** Skips the test, or fails, if no transport carries datagrams. */
    public static void requireTransport() throws IOException {
        try {
            DatagramChannel.open(VsockProtocolFamily.VSOCK).close();
        } catch (SocketException e) {
            if (Boolean.getBoolean("niovsock.test.datagrams"))
                throw e;
            throw Skip.because("the kernel's loopback carries no datagrams, VMCI does: testvm/run --vmci ("
                + e.getMessage() + ")");
        }
    }

    /** The address of a bound channel for its peers. On VMCI this machine is the host. */
    public SocketAddress addressOf(DatagramChannel bound) throws IOException {
        SocketAddress local = bound.getLocalAddress();
        return isVsock() && !Machine.isEmulated()
            ? VsockSocketAddress.of(VsockSocketAddress.CID_HOST, ((VsockSocketAddress) local).getVsockPort()) : local;
    }

    /** On the kernel's transport, VMCI carries datagrams; loopback does not. */
    public InetSocketAddress freeEndpoint() {
        return isVsock() ? VsockSocketAddress.of(Machine.isEmulated() ? VsockSocketAddress.CID_LOCAL
            : VsockSocketAddress.CID_ANY, 0)
            : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    public DatagramChannel openBound() throws IOException {
        DatagramChannel channel = open();
        try {
            return channel.bind(freeEndpoint());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
