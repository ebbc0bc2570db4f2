package io.niovsock;

import java.net.ProtocolFamily;

/**
 * The families with which a channel is vsock from the start, as in {@code SocketChannel.open(VsockProtocolFamily.VSOCK)}.
 * A channel from the {@code open()} without arguments needs none: its first address decides.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public enum VsockProtocolFamily implements ProtocolFamily {
    /** Streams of bytes ({@code SOCK_STREAM}). */
    VSOCK,

    /**
     * Streams of records ({@code SOCK_SEQPACKET}, Linux 5.14): one write sends one record, one read receives one.
     */
    VSOCK_SEQPACKET
}
