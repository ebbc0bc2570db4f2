// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

/**
 * Counts the vsock sockets of this JVM, from its first one on. {@link Vsock#statistics()} returns the instance, which
 * can be read as it is, or registered with a server of MBeans. With the system property {@code io.niovsock.jmx}, unless
 * its value is {@code false}, the first vsock socket registers it with the JVM's own one, as
 * {@code io.niovsock:type=Vsock}; if another class loader with this library has done so before, {@code ,copy=2} and so
 * on is appended.
 *
 * <p> Every kind of channel and socket counts, by the vsock socket underneath: a {@code Socket} and its channel are one
 * socket. An undecided channel counts as soon as an address makes it vsock, and a channel that stays TCP never does. A
 * channel that the program forgets without closing it stays open for these counters.
 *
 * <p> The numbers are read one by one while others change: a sum of several may be off by what happens meanwhile. Safe
 * for use by several threads.
 *
 * @since 0.1
 */
public interface VsockMXBean {
    /** {@return how many sockets were opened} Accepted connections and inherited sockets are among them. */
    long getOpenedCount();

    /** {@return how many sockets were closed} */
    long getClosedCount();

    /** {@return how many connects of streams and records succeeded} */
    long getConnectedCount();

    /**
     * {@return how many connects of streams and records failed} Among them are those that timed out, and those whose
     * channel was closed or interrupted meanwhile. The attempts that the library makes for one connect are not counted.
     */
    long getFailedConnectCount();

    /** {@return how many connections listeners accepted} */
    long getAcceptedCount();

    /** {@return how many connections listeners refused by their option or a rule, before the program saw them} */
    long getRefusedCount();

    /**
     * {@return how many connections were ended by an error} The peer has reset the connection, or is gone, and a read
     * or a write has met that. A connection counts once. If the peer closes it in
     * order, it counts only if this side writes afterwards.
     */
    long getResetCount();

    /** {@return how many stream sockets are open, connected or not} Listeners are not among them. */
    long getOpenStreamCount();

    /** {@return how many sockets of records ({@code VSOCK_SEQPACKET}) are open, connected or not} */
    long getOpenRecordSocketCount();

    /** {@return how many listeners are open} */
    long getOpenListenerCount();

    /** {@return how many datagram sockets are open} */
    long getOpenDatagramSocketCount();

    /**
     * {@return how many bytes were read from sockets that are closed by now} A socket adds its bytes when it is closed,
     * so that reads need not. What a thread is reading while another one closes the socket may be missing.
     */
    long getBytesRead();

    /**
     * {@return how many bytes were written to sockets that are closed by now} A socket adds its bytes when it is
     * closed, so that writes need not. What a thread is writing while another one closes the socket may be missing, and
     * so may what {@code FileChannel.transferTo} sent on JDK 17 and 21 before the program asked for this object: it is
     * then sent by sendfile(2), which does not tell the library how much. Afterwards, files are sent from a mapping, as
     * they are on JDK 25.
     */
    long getBytesWritten();
}
