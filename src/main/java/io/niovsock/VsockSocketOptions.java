package io.niovsock;

import java.net.SocketOption;
import java.time.Duration;

/**
 * The socket options of vsock, named as in {@code linux/vm_sockets.h}. Sizes are read back from the kernel, so what
 * {@code getOption} gives is what is in force. What a listener is set to, its accepted connections inherit.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class VsockSocketOptions {
    private VsockSocketOptions() { }

    /**
     * The size of the buffer, in bytes: vsock's receive window. The kernel starts with 262144, and clamps what it is given
     * to {@link #BUFFER_MIN_SIZE} and {@link #BUFFER_MAX_SIZE}. {@link java.net.StandardSocketOptions#SO_RCVBUF} sets the
     * same, and raises the maximum where needed.
     */
    public static final SocketOption<Long> BUFFER_SIZE = new Option<>("BUFFER_SIZE", Long.class);

    /** The smallest {@link #BUFFER_SIZE}, in bytes; 128 in a new socket. */
    public static final SocketOption<Long> BUFFER_MIN_SIZE = new Option<>("BUFFER_MIN_SIZE", Long.class);

    /** The largest {@link #BUFFER_SIZE}, in bytes; 262144 in a new socket. */
    public static final SocketOption<Long> BUFFER_MAX_SIZE = new Option<>("BUFFER_MAX_SIZE", Long.class);

    /**
     * How long the kernel waits for the answer to a connect, blocking or not, in microseconds at the finest. The kernel's
     * own 2 seconds are in force where this is not set; zero restores them.
     */
    public static final SocketOption<Duration> CONNECT_TIMEOUT = new Option<>("CONNECT_TIMEOUT", Duration.class);

    /**
     * Whether a connect goes by way of this machine's host ({@code VMADDR_FLAG_TO_HOST} in {@code svm_flags}, Linux 5.11): to a
     * virtual machine beside this one, where the host forwards between them. Without it, a machine that is a host itself looks for
     * the CID among its own guests. To be set before the connect; afterwards it tells what is in force, which for an accepted
     * connection the kernel decides. A connection to {@link VsockSocketAddress#CID_LOCAL} stays in this machine. False in a new
     * socket. On the emulated transport, where every machine reaches every other, it has no effect.
     *
     * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
     */
    public static final SocketOption<Boolean> TO_HOST = new Option<>("TO_HOST", Boolean.class);

    /**
     * The number by which a VMware host knows the virtual machine of the peer. Read-only, and known to VMware's own stack
     * alone: elsewhere {@code supportedOptions()} has it not, and to read it is an {@code UnsupportedOperationException}.
     */
    public static final SocketOption<Integer> PEER_HOST_VM_ID = new Option<>("PEER_HOST_VM_ID", Integer.class);

    /**
     * Whether a VMware hypervisor trusts the peer, that is, the peer is privileged there. Read-only, and known to VMware's
     * own stack alone, as {@link #PEER_HOST_VM_ID} is.
     */
    public static final SocketOption<Boolean> TRUSTED = new Option<>("TRUSTED", Boolean.class);

    /**
     * Whether the kernel may be called where it must not sleep; of use to endpoints in a kernel only. Known to VMware's own
     * stack alone, as {@link #PEER_HOST_VM_ID} is.
     */
    public static final SocketOption<Boolean> NONBLOCK_TXRX = new Option<>("NONBLOCK_TXRX", Boolean.class);

    /** No record: the JDK caches what a record's equals and hashCode are made of, and with it the class loader. */
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
