// SPDX-License-Identifier: Apache-2.0
package io.niovsock;

import java.net.SocketOption;
import java.time.Duration;

/**
 * The socket options of vsock, after {@code SO_VM_SOCKETS_…} of {@code linux/vm_sockets.h}; {@link #TO_HOST}, a flag
 * of the address there; and {@link #ACCEPT_FROM}, which is this library's own. Sizes are read back from the kernel, so
 * {@code getOption} returns the value in force. Accepted connections inherit the options of the kernel from their
 * listener.
 *
 * <p> The {@link SocketOption#name() name} of an option is that of its constant with the prefix {@code VSOCK_}, as the
 * JDK's options have {@code SO_} or {@code TCP_}. Immutable, and so safe for use by several threads.
 *
 * @since 0.1
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class VsockSocketOptions {
    private VsockSocketOptions() { }

    /**
     * The size of the buffer, in bytes: vsock's receive window. A new socket has 262144. The kernel clamps the value to
     * {@link #BUFFER_MIN_SIZE} and {@link #BUFFER_MAX_SIZE}. {@link java.net.StandardSocketOptions#SO_RCVBUF} sets the
     * same, and raises the maximum if needed.
     */
    public static final SocketOption<Long> BUFFER_SIZE = new Option<>("VSOCK_BUFFER_SIZE", Long.class);

    /** The smallest {@link #BUFFER_SIZE}, in bytes; 128 in a new socket. */
    public static final SocketOption<Long> BUFFER_MIN_SIZE = new Option<>("VSOCK_BUFFER_MIN_SIZE", Long.class);

    /** The largest {@link #BUFFER_SIZE}, in bytes; 262144 in a new socket. */
    public static final SocketOption<Long> BUFFER_MAX_SIZE = new Option<>("VSOCK_BUFFER_MAX_SIZE", Long.class);

    /**
     * How long the kernel waits for the answer to a connect, blocking or not, with a resolution of microseconds. Unless
     * this is set, the kernel's default of 2 seconds is in force; zero restores it.
     */
    public static final SocketOption<Duration> CONNECT_TIMEOUT = new Option<>("VSOCK_CONNECT_TIMEOUT", Duration.class);

    /**
     * Whether a connect is routed through this machine's host ({@code VMADDR_FLAG_TO_HOST} in {@code svm_flags}, Linux
     * 5.11), to a virtual machine beside this one, if the host forwards between them. Without it, a machine that is
     * itself a host looks for the CID among its own guests. Set it before the connect; afterwards it reads as the value
     * in force, which for an accepted connection the kernel decides. A connection to
     * {@link VsockSocketAddress#CID_LOCAL} stays in this machine. False in a new socket. It has no effect on the
     * emulated transport, where every machine reaches every other.
     *
     * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
     */
    public static final SocketOption<Boolean> TO_HOST = new Option<>("VSOCK_TO_HOST", Boolean.class);

    /**
     * The peers whose connections a listener accepts; {@link VsockPeers#ANY} in a new listener. A connection of another
     * peer is closed, and the accept goes on with the next one. Such a peer has been connected, since the kernel
     * connects before a program accepts: it sees the end of the stream, with no byte before it. Only listeners have
     * this option. A change holds for every connection that still waits. Connections do not inherit it.
     *
     * <p> A program that sets this relies on it. So binding the listener to an address that is not vsock fails with a
     * {@code SocketException}, unless the value is {@code ANY}; and a listener that is TCP already does not support the
     * option. The system property {@code io.niovsock.acceptFrom} can narrow the peers further, and never widens them.
     *
     * <p> In non-blocking mode, {@code accept} returns null if none of the waiting connections comes from such a peer,
     * or after it has closed as many as a backlog holds. A selector reports {@code OP_ACCEPT} for any connection, since
     * only an accept learns of the peer.
     *
     * <p> The CID is the one that the kernel reports. On a host, it is the machine's. In a guest, each packet comes
     * through the host, and has the CID that the host gives it. A process of the listener's own machine is
     * {@link VsockPeers#LOCAL}, even if it has connected to the machine's own CID; on the emulated transport, and
     * perhaps over VMCI, it has the machine's own CID then. On the emulated transport any process can claim any CID.
     *
     * <p> Datagram channels do not have this option; {@code connect} makes one receive from a single peer.
     */
    public static final SocketOption<VsockPeers> ACCEPT_FROM = new Option<>("VSOCK_ACCEPT_FROM", VsockPeers.class);

    /**
     * The number by which a VMware host knows the peer's virtual machine. Read-only, and specific to VMware's own
     * stack: elsewhere it is not in {@code supportedOptions()}, and reading it throws
     * {@code UnsupportedOperationException}.
     */
    public static final SocketOption<Integer> PEER_HOST_VM_ID = new Option<>("VSOCK_PEER_HOST_VM_ID", Integer.class);

    /**
     * Whether a VMware hypervisor trusts the peer, that is, the peer is privileged there. Read-only, and specific to
     * VMware's own stack, like {@link #PEER_HOST_VM_ID}.
     */
    public static final SocketOption<Boolean> TRUSTED = new Option<>("VSOCK_TRUSTED", Boolean.class);

    /**
     * Whether sends may come from a context that must not sleep. Useful to endpoints inside a kernel only, and specific
     * to VMware's own stack, like {@link #PEER_HOST_VM_ID}.
     */
    public static final SocketOption<Boolean> NONBLOCK_TXRX = new Option<>("VSOCK_NONBLOCK_TXRX", Boolean.class);

    /** Not a record: the JDK caches the method handles behind a record's equals, and with them the class loader. */
    private static final class Option<T> implements SocketOption<T> {
        private final String name;
        private final Class<T> type;

        Option(String name, Class<T> type) {
            this.name = name;
            this.type = type;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Class<T> type() {
            return type;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
