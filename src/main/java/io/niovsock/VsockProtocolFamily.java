// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import java.net.ProtocolFamily;

/**
 * The families with which a channel is vsock from the start, as in
 * {@code SocketChannel.open(VsockProtocolFamily.VSOCK)}. A channel from the {@code open()} without arguments needs
 * none: its first address decides.
 *
 * <p> The second constant is a type of socket rather than a family; the family is the only parameter that {@code open}
 * has for it. Immutable, and so safe for use by several threads.
 *
 * @since 0.1
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public enum VsockProtocolFamily implements ProtocolFamily {
    /** Streams of bytes ({@code SOCK_STREAM}), and datagrams for a {@code DatagramChannel}. */
    VSOCK,

    /**
     * Streams of records ({@code SOCK_SEQPACKET}, Linux 5.14), for {@code SocketChannel} and
     * {@code ServerSocketChannel}: one write, gathering or not, sends one record, and one read receives one.
     *
     * <p> A record moves whole. A write of one that is larger than the buffers of the connection
     * ({@link VsockSocketOptions#BUFFER_SIZE}, here and at the peer) throws a {@code SocketException}, and nothing is
     * sent. A read into buffers with too little room fills them and throws a {@code SocketException} that says how long
     * the record was and how much of it is lost; the channel stays usable, and the next read returns the next record. A
     * buffer of the size that the option says takes every record. An empty write sends nothing. So a read returns 0
     * only if the buffer is full or, in non-blocking mode, no record is there, and -1 only at the end of the stream.
     *
     * <p> In non-blocking mode a write that finds no room returns 0. If there is room for a part of the record, Linux
     * can only go on: the write then waits until the peer has made room for the rest, at most 10 seconds. After that it
     * throws a {@code SocketException}, and the stream ends for the peer before that record.
     *
     * <p> The same holds for everything that reads and writes through the channel: each write to a stream is a record,
     * a read of a stream must have room for one, and {@code FileChannel.transferTo} sends its bytes as one record.
     */
    VSOCK_SEQPACKET
}
