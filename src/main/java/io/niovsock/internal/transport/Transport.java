// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The kernel's vsock or its emulation: whatever differs between them. That is socket addresses, ports, the end of a
 * connection, options, records, datagrams, inherited sockets, and facts about the machine. Streams of bytes, accept,
 * polling and closing descriptors are the same for both. The channels above do not know which of the two they use.
 *
 * <p> The system property {@value #PROPERTY} chooses one for the whole JVM: {@code kernel} (the default) or
 * {@code emulated}.
 */
public abstract class Transport {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    static final String PROPERTY = "io.niovsock.transport";
    static final String KERNEL = "kernel";
    static final String EMULATED = "emulated";

    static final int PRIVILEGED_PORTS = 1024;
    private static final int FIRST_SHORT_PORT = 49152; // the ephemeral ports of RFC 6335: they fit in 16 bits
    private static final int SHORT_PORTS = 65536 - FIRST_SHORT_PORT;
    private static final int CLIENT_PORT_ATTEMPTS = 64;

    /** Ports are used in turn, so that a port is not used again while a peer may still know its last connection. */
    private static final AtomicInteger nextClientPort = new AtomicInteger(ThreadLocalRandom.current().nextInt());

    /** The address family of the sockets underneath. */
    final int family;

    /** The kernel has created a socket of the family. */
    private volatile boolean seen;

    Transport(int family) {
        this.family = family;
    }

    /**
     * The transport of this JVM, or that of the thread if the test kit is in use, for classes of this library.
     *
     * @param caller the calling class's {@code MethodHandles.lookup()}
     * @throws IllegalCallerException if that is not a class of this library
     * @throws IllegalArgumentException if the property names no transport
     * @throws UnsatisfiedLinkError at each call, with the reason, if the native library cannot be loaded
     */
    public static Transport current(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        Natives.initialize();
        Transport transport = hasMachines ? EmulatedMachine.transportOrNull() : null;
        return transport != null ? transport : ofProcess();
    }

    /** From now on, a thread has the transport of the machine that it acts as; see {@link EmulatedMachine#use}. */
    static void useMachines() {
        hasMachines = true;
    }

    private static Transport ofProcess() {
        Transport transport = current;
        if (transport == null)
            current = transport = named(System.getProperty(PROPERTY, KERNEL));
        return transport;
    }

    private static volatile Transport current;
    private static volatile boolean hasMachines; // of the test kit; once true, for good

    /**
     * The transport of a new socket of streams or records. It is that of this JVM, unless the kernel has no vsock for
     * this process, and guests are attached.
     */
    public static Transport ofNew(MethodHandles.Lookup caller) {
        Transport current = current(caller);
        return AttachedGuests.areAny() && current.isMissing() ? Hybrid.transport() : current;
    }

    /** The transport of a new socket of streams that is about to connect or to be bound to the endpoint. */
    public static Transport ofNew(MethodHandles.Lookup caller, VsockSocketAddress endpoint) {
        Transport current = current(caller);
        return AttachedGuests.findOrNull(endpoint.getCid()) != null ? Hybrid.transport()
            : AttachedGuests.areAny() && current.isMissing() ? Hybrid.transport() : current;
    }

    /** The transport of connections with attached guests. */
    public static HybridTransport ofGuests(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        return Hybrid.TRANSPORT;
    }

    private static final class Hybrid {
        static final HybridTransport TRANSPORT = new HybridTransport();

        static Transport transport() {
            return TRANSPORT;
        }
    }

    /**
     * Whether the kernel refuses to create sockets of the family, because it has no vsock, or by a filter. A kernel
     * that has created one is not asked again. One that has refused is, since its modules may be loaded by now.
     */
    private boolean isMissing() {
        if (seen)
            return false;
        int fd = NATIVES.socket(family, Constants.SOCK_STREAM);
        if (fd >= 0) {
            NATIVES.close(fd);
            seen = true;
        }
        return fd == -Errno.EAFNOSUPPORT || fd == -Errno.EPERM || fd == -Errno.EACCES;
    }

    /**
     * Makes sure that the system properties of the transports can be read. It does not create the kernel's transport: a
     * program that stays with TCP has no use for it.
     *
     * @throws IllegalArgumentException if a system property of the transports cannot be read
     */
    public static void checkSettings() {
        AttachedGuests.ensureRead();
        if (current == null && !System.getProperty(PROPERTY, KERNEL).equals(KERNEL))
            current(MethodHandles.lookup());
    }

    /** The value of the property, which may be the name of no transport; or what the test kit uses instead. */
    public static String name() {
        return hasMachines && EmulatedMachine.transportOrNull() != null ? EMULATED
            : System.getProperty(PROPERTY, KERNEL);
    }

    private static Transport named(String name) {
        return switch (name) {
            case KERNEL -> KernelTransport.create();
            case EMULATED -> EmulatedTransport.ofProcess();
            default -> throw new IllegalArgumentException("-D" + PROPERTY + "=" + name
                + ": expected kernel or emulated");
        };
    }

    /**
     * Creates a socket of a type such as {@link Constants#SOCK_STREAM}, perhaps with {@link Constants#SOCK_NONBLOCK}.
     */
    public int socket(int type) throws IOException {
        int fd = NATIVES.socket(family, type);
        if (fd < 0)
            throw type == Constants.SOCK_DGRAM ? Errno.datagramSocketFailed(-fd) : Errno.socketFailed(-fd);
        return fd;
    }

    /**
     * Binds a socket. For port 0, this chooses a free port from {@value #FIRST_SHORT_PORT} to 65535, since programs may
     * keep a port in 16 bits. For {@link VsockSocketAddress#PORT_ANY}, the kernel chooses.
     *
     * @return the endpoint that the socket is bound to
     */
    public final VsockSocketAddress bind(int fd, VsockSocketAddress local) throws IOException {
        long cid = local.getCid();
        long port = local.getVsockPort();
        int result = port == 0 ? bindShortPort(fd, cid) : bindAlone(fd, cid, port);
        if (result < 0)
            throw Errno.bindFailed(-result, local, port > 0 && port < PRIVILEGED_PORTS);
        VsockSocketAddress bound = boundEndpoint(fd, cid, port == 0 ? result : port);
        return cid == VsockSocketAddress.CID_ANY ? VsockSocketAddress.of(cid, bound.getVsockPort()) : bound;
    }

    /** The socket is bound, and cannot be bound again. So if the port is known, the kernel need not tell it. */
    private VsockSocketAddress boundEndpoint(int fd, long cid, long port) throws IOException {
        try {
            return localEndpoint(fd);
        } catch (IOException e) {
            if (port == VsockSocketAddress.PORT_ANY)
                throw e;
            return VsockSocketAddress.of(cid, port);
        }
    }

    /** A port that fits in 16 bits, at random. */
    public static int randomShortPort() {
        return FIRST_SHORT_PORT + ThreadLocalRandom.current().nextInt(SHORT_PORTS);
    }

    /** Returns the port, or {@code -errno}. */
    private int bindShortPort(int fd, long cid) {
        int start = ThreadLocalRandom.current().nextInt(SHORT_PORTS);
        int result = -Errno.EADDRINUSE;
        for (int i = 0; i < SHORT_PORTS && result == -Errno.EADDRINUSE; i++) {
            int port = FIRST_SHORT_PORT + (start + i) % SHORT_PORTS;
            result = bindAlone(fd, cid, port);
            if (result >= 0)
                return port;
        }
        return result;
    }

    /**
     * Binds a socket that is about to connect and is not bound. The kernel would choose any port; this chooses one that
     * fits in 16 bits, unless many are in use. Then all clients of a CID have one mapped address, for access lists and
     * limits.
     *
     * @return 0, or {@code -errno}
     */
    final int bindClient(int fd, long cid) {
        int result = -Errno.EADDRINUSE;
        for (int i = 0; i < CLIENT_PORT_ATTEMPTS && result == -Errno.EADDRINUSE; i++)
            result = bind(fd, cid, FIRST_SHORT_PORT + Math.floorMod(nextClientPort.getAndIncrement(), SHORT_PORTS));
        return result == -Errno.EADDRINUSE ? bind(fd, cid, VsockSocketAddress.PORT_ANY) : result;
    }

    /** bind(2): 0, or {@code -errno}. */
    abstract int bind(int fd, long cid, long port);

    /** bind(2) to an address that a program has chosen, if no socket has an address that is the same for vsock. */
    int bindAlone(int fd, long cid, long port) {
        return bind(fd, cid, port);
    }

    /** listen(2). */
    public final void listen(int fd, VsockSocketAddress local, int backlog) throws IOException {
        int result = NATIVES.listen(fd, backlog);
        if (result < 0)
            throw Errno.failed(-result, "listen at " + local);
    }

    /**
     * connect(2) of a non-blocking socket.
     *
     * @param bound whether the socket is bound already
     * @param toHost whether to connect through the host, {@link Constants#VMADDR_FLAG_TO_HOST}
     * @return 0 for connected, or {@code -errno}, {@link Errno#EINPROGRESS} among them
     */
    public abstract int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost);

    /**
     * Prepares the close of a connection or listener that this process has created: its peers see the end of the
     * stream, even if unread bytes are left on this side. Does not block.
     *
     * @param selected whether a selector knows the socket; that selector must not be woken
     */
    public abstract void end(int fd, boolean selected);

    /**
     * A channel has a socket of this transport, until {@link #closing}. Only the test kit's machines keep account.
     *
     * @param channel the one that a program closes
     */
    public void opened(AbstractSelectableChannel channel, int fd) { }

    /** The socket of such a channel is about to be closed. */
    public void closing(AbstractSelectableChannel channel) { }

    /**
     * Whether the end of a connection, which the descriptor reports as one in order, is a reset. It may say so once.
     *
     * @param records whether the connection is one of records
     */
    public boolean isReset(int fd, boolean records) {
        return false;
    }

    /** Takes the error that waits in a socket, {@code SO_ERROR}: 0 if there is none, or it cannot be asked for. */
    public final int takeError(int fd) {
        long[] error = new long[1];
        return NATIVES.getInt(fd, Constants.SOL_SOCKET, Constants.SO_ERROR, error) < 0 ? 0 : (int) error[0];
    }

    /** Whether a connected socket is routed through the host; for an unconnected one, {@code requested}. */
    public abstract boolean isToHost(int fd, boolean requested);

    /** sendto(2) of one datagram; a wildcard CID is this machine. */
    public abstract int sendTo(int fd, long address, int length, VsockSocketAddress remote);

    /** The endpoint that a connect to the given one reaches. A wildcard is this machine, as 0.0.0.0 is for TCP. */
    public final VsockSocketAddress destination(VsockSocketAddress remote) {
        return remote.getCid() == VsockSocketAddress.CID_ANY
            ? VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, remote.getVsockPort()) : remote;
    }

    /**
     * The endpoint from which replies to datagrams sent there will come. A wildcard is this machine, if its CID is
     * known.
     */
    public final VsockSocketAddress datagramDestination(VsockSocketAddress remote) {
        long cid = remote.getCid() == VsockSocketAddress.CID_ANY ? datagramCid() : remote.getCid();
        return cid < 0 ? remote : VsockSocketAddress.of(cid, remote.getVsockPort());
    }

    /** The CID of this machine as the sender of datagrams, or {@code -errno}. */
    abstract long datagramCid();

    /** Whether the sender of a datagram that has this CID can be reached at {@link VsockSocketAddress#CID_LOCAL}. */
    public boolean isAlsoLocal(long cid) {
        return false;
    }

    /** The endpoint that the kernel reports for the socket. */
    public final VsockSocketAddress localEndpoint(int fd) throws IOException {
        int[] endpoint = new int[2];
        int result = NATIVES.localEndpoint(fd, endpoint);
        if (result < 0)
            throw Errno.failed(-result, "ask for the local address");
        return endpoint(endpoint);
    }

    /** The local endpoint of a connection that was accepted from the given peer. */
    public VsockSocketAddress acceptedEndpoint(int fd, VsockSocketAddress peer) throws IOException {
        return localEndpoint(fd);
    }

    /** An endpoint from its native form. */
    public static VsockSocketAddress endpoint(int[] pair) {
        return VsockSocketAddress.of(Integer.toUnsignedLong(pair[0]), Integer.toUnsignedLong(pair[1]));
    }

    // -- descriptors that this process was started with

    /** Whether a descriptor is a socket of this transport. */
    public boolean owns(int fd) {
        return socketLevelOption(fd, Constants.SO_DOMAIN) == family;
    }

    /** The type of a socket, such as {@link Constants#SOCK_STREAM}, or {@code -errno}. */
    public static int typeOf(int fd) {
        return socketLevelOption(fd, Constants.SO_TYPE);
    }

    /** Describes a descriptor, which need not be a socket. */
    public static String describe(int fd) {
        int domain = socketLevelOption(fd, Constants.SO_DOMAIN);
        return domain < 0 ? "not a socket (" + Errno.text(-domain) + ")" : "a socket of address family " + domain;
    }

    private static int socketLevelOption(int fd, int option) {
        long[] value = new long[1];
        int result = NATIVES.getInt(fd, Constants.SOL_SOCKET, option, value);
        return result < 0 ? result : (int) value[0];
    }

    /** The endpoint that a socket is bound to; null: none. */
    public final VsockSocketAddress boundEndpoint(int fd) throws IOException {
        VsockSocketAddress local = localEndpoint(fd);
        return local.getVsockPort() == VsockSocketAddress.PORT_ANY ? null : local;
    }

    /** The endpoint that a socket is connected to; null: none. A peer of the emulated transport may have no name. */
    public final VsockSocketAddress peerEndpoint(int fd) throws IOException {
        int[] endpoint = new int[2];
        int result = NATIVES.remoteEndpoint(fd, endpoint);
        if (result < 0 && result != -Errno.ENOTCONN)
            throw Errno.failed(-result, "ask for the remote address");
        return result < 0 ? null : endpoint(endpoint);
    }

    // -- options

    /** The options of a new connection or listener. */
    public abstract TransportOptions settings(int fd);

    /** The options of a connection that a listener with the given options has accepted. */
    public abstract TransportOptions inheritedSettings(int fd, TransportOptions listener) throws IOException;

    /**
     * Sends one record. Returns its length, or {@code -errno}. After {@code -ETIMEDOUT} a part was sent, and perhaps
     * also if a close ended a send that had begun. After other errors nothing was sent.
     *
     * @param wait whether to wait if there is no room and the descriptor is in blocking mode
     */
    public abstract int sendRecord(int fd, long address, int length, boolean wait);

    /** Whether {@link #sendRecord} may wait even without {@code wait}, if there is room for a part of the record. */
    public abstract boolean isSendingRecordsBlocking();

    /** Whether sendfile(2) to a stream is at least as fast as reading and writing. */
    public abstract boolean isSendfileFast();

    /** Reads {@code SO_RCVBUF} or {@code SO_SNDBUF} in bytes; the kernel reports twice the value. */
    public static int socketBuffer(int fd, int option) throws IOException {
        long[] bytes = new long[1];
        check(NATIVES.getInt(fd, Constants.SOL_SOCKET, option, bytes), "read the size of a buffer");
        return (int) bytes[0] / 2;
    }

    /** Sets {@code SO_RCVBUF} or {@code SO_SNDBUF}, in bytes; the kernel limits the value. */
    public final void setSocketBuffer(int fd, int option, int bytes) throws IOException {
        setBuffer(fd, option, bytes);
    }

    static void setBuffer(int fd, int option, int bytes) throws IOException {
        check(NATIVES.setInt(fd, Constants.SOL_SOCKET, option, bytes), "set the size of a buffer to " + bytes);
    }

    static void check(int result, String attempt) throws IOException {
        if (result < 0)
            throw Errno.failed(-result, attempt);
    }

    // -- facts; finding them out sends nothing

    /** The address family of the sockets underneath. */
    public final int family() {
        return family;
    }

    /** Reads the local CID, or {@code -errno}. */
    public abstract long localCid();

    /** The source of the local CID, for people. */
    public abstract String localCidSource();

    /** Whether a stream socket can be bound to a CID: 0, or {@code -errno}. */
    public final int tryBind(long cid) {
        int fd = NATIVES.socket(family, Constants.SOCK_STREAM);
        if (fd < 0)
            return fd;
        try {
            return bind(fd, cid, VsockSocketAddress.PORT_ANY);
        } finally {
            NATIVES.close(fd);
        }
    }

    /** Whether this process can create a socket of the family, whatever it reaches: 0, or {@code -errno}. */
    public final int trySocket() {
        return trySocket(Constants.SOCK_STREAM);
    }

    /** Whether a transport carries datagrams: 0, or {@code -errno}. */
    public final int tryDatagrams() {
        return trySocket(Constants.SOCK_DGRAM);
    }

    private int trySocket(int type) {
        int fd = NATIVES.socket(family, type);
        if (fd < 0)
            return fd;
        NATIVES.close(fd);
        return 0;
    }

    /** Whether a device of this machine leads to a host. */
    public abstract boolean hasGuestDevice();

    /** Whether this machine reaches itself by {@link VsockSocketAddress#CID_LOCAL}. */
    public final boolean isLoopbackAvailable() {
        return tryBind(VsockSocketAddress.CID_LOCAL) == 0;
    }

    @Override
    public abstract String toString();
}
