package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How an endpoint becomes a socket address: what differs between the kernel's vsock and its emulation. Descriptors and
 * what moves over them are the same for both, so the channels above do not know which it is.
 *
 * <p> The system property {@value #PROPERTY} chooses for the whole JVM: {@code kernel} (the default) or {@code emulated}.
 */
public abstract class Transport {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    static final String PROPERTY = "io.niovsock.transport";

    static final int PRIVILEGED_PORTS = 1024;
    private static final int FIRST_SHORT_PORT = 49152; // the ephemeral ports of RFC 6335: they fit in 16 bits
    private static final int SHORT_PORTS = 65536 - FIRST_SHORT_PORT;
    private static final int CLIENT_PORT_ATTEMPTS = 64;

    /** In turn, so that a port is not used again while a peer may still know its last connection. */
    private static final AtomicInteger nextClientPort = new AtomicInteger(ThreadLocalRandom.current().nextInt());

    /** The address family of the sockets underneath. */
    final int family;

    Transport(int family) {
        this.family = family;
    }

    /**
     * The transport of this JVM, for classes of this library.
     *
     * @param caller what {@code MethodHandles.lookup()} gives the calling class
     * @throws IllegalCallerException if that is no class of this library
     * @throws IllegalArgumentException if the property names none
     * @throws UnsatisfiedLinkError if the native library cannot be loaded, saying why each time
     */
    public static Transport current(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        Natives.initialize();
        Transport transport = current;
        if (transport == null)
            current = transport = named(name());
        return transport;
    }

    private static volatile Transport current;

    /**
     * Makes sure that there is such a transport. The kernel's is not made yet: a program that stays with TCP has no use for it.
     *
     * @throws IllegalArgumentException if a system property of the transports cannot be read
     */
    public static void checkSettings() {
        if (current == null && !name().equals("kernel"))
            current(MethodHandles.lookup());
    }

    /** What the property says, which may name no transport. */
    public static String name() {
        return System.getProperty(PROPERTY, "kernel");
    }

    private static Transport named(String name) {
        return switch (name) {
            case "kernel" -> new KernelTransport();
            case "emulated" -> new EmulatedTransport();
            default -> throw new IllegalArgumentException("-D" + PROPERTY + "=" + name + ": expected kernel or emulated");
        };
    }

    /** Makes a socket of a type such as {@link Constants#SOCK_STREAM}, with {@link Constants#SOCK_NONBLOCK} if it is to be that. */
    public final int socket(int type) throws IOException {
        int fd = NATIVES.socket(family, type);
        if (fd < 0)
            throw type == Constants.SOCK_DGRAM ? Errno.datagramSocketFailed(-fd) : Errno.socketFailed(-fd);
        return fd;
    }

    /**
     * Binds a socket. Port 0 becomes a free one of {@value #FIRST_SHORT_PORT} to 65535, which programs can hold in 16 bits;
     * {@link VsockSocketAddress#PORT_ANY} becomes one of the kernel's choice.
     *
     * @return the endpoint that it is bound to now
     */
    public final VsockSocketAddress bind(int fd, VsockSocketAddress local) throws IOException {
        long cid = local.getCid();
        long port = local.getVsockPort();
        int result = port == 0 ? bindShortPort(fd, cid) : bindAlone(fd, cid, port);
        if (result < 0)
            throw Errno.bindFailed(-result, local, port > 0 && port < PRIVILEGED_PORTS);
        VsockSocketAddress bound = localEndpoint(fd);
        return cid == VsockSocketAddress.CID_ANY ? VsockSocketAddress.of(cid, bound.getVsockPort()) : bound;
    }

    private int bindShortPort(int fd, long cid) {
        int start = ThreadLocalRandom.current().nextInt(SHORT_PORTS);
        int result = -Errno.EADDRINUSE;
        for (int i = 0; i < SHORT_PORTS && result == -Errno.EADDRINUSE; i++)
            result = bindAlone(fd, cid, FIRST_SHORT_PORT + (start + i) % SHORT_PORTS);
        return result;
    }

    /**
     * Binds a socket that connects without having been bound, as the kernel would, but to a port that 16 bits can hold, unless
     * many are taken. The address in which programs see such a client is then its CID's, for access lists and limits.
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

    /** bind(2) to an address that a program has chosen, which no socket has that vsock would take for the same. */
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
     * @param toHost whether to go by way of the host, {@link Constants#VMADDR_FLAG_TO_HOST}
     * @return 0 for connected, or {@code -errno}, {@link Errno#EINPROGRESS} among them
     */
    public abstract int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost);

    /**
     * Called before a connection or listener that this process has made is closed: to its peers, it is then the end of the
     * stream, even if they have sent what was not read. Nothing blocks.
     *
     * @param selected whether a selector knows the socket, which must not be woken
     */
    public abstract void end(int fd, boolean selected);

    /** Whether the connection of a socket goes by way of the host; the wish of a socket that has none. */
    public abstract boolean isToHost(int fd, boolean wish);

    /** sendto(2) of one datagram; a wildcard CID is this machine. */
    public abstract int sendTo(int fd, long address, int length, VsockSocketAddress remote);

    /** The endpoint that connecting to the given one leads to: a wildcard is this machine, as 0.0.0.0 is for TCP. */
    public final VsockSocketAddress destination(VsockSocketAddress remote) {
        return remote.getCid() == VsockSocketAddress.CID_ANY
            ? VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, remote.getVsockPort()) : remote;
    }

    /** The endpoint of which datagrams to the given one are answered: a wildcard is this machine, where its CID is known. */
    public final VsockSocketAddress datagramDestination(VsockSocketAddress remote) {
        long cid = remote.getCid() == VsockSocketAddress.CID_ANY ? datagramCid() : remote.getCid();
        return cid < 0 ? remote : VsockSocketAddress.of(cid, remote.getVsockPort());
    }

    /** The CID that datagrams of this machine come from, or {@code -errno}. */
    abstract long datagramCid();

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

    /** Whether a descriptor stands for a socket of this transport. */
    public boolean owns(int fd) {
        return socketLevelOption(fd, Constants.SO_DOMAIN) == family;
    }

    /** The type of a socket, such as {@link Constants#SOCK_STREAM}, or {@code -errno}. */
    public static int typeOf(int fd) {
        return socketLevelOption(fd, Constants.SO_TYPE);
    }

    /** What a descriptor that may be no socket stands for, in words. */
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

    /** The settings of a new connection or listener. */
    public abstract TransportOptions settings(int fd);

    /** The settings of a connection that the listener with the given ones has accepted. */
    public abstract TransportOptions inheritedSettings(int fd, TransportOptions listener) throws IOException;

    /**
     * Sends one record, whole: its length, or {@code -errno}, and then nothing of it was sent.
     *
     * @param wait whether to wait where there is no room, if the descriptor is in blocking mode
     */
    public abstract int sendRecord(int fd, long address, int length, boolean wait);

    /** Whether a {@link #sendRecord} that is not to wait may have to, where there is room for a part of the record. */
    public abstract boolean isSendingRecordsBlocking();

    /** Whether sendfile(2) into a stream is at least as fast as reading and writing. */
    public abstract boolean isSendfileFast();

    /** Reads {@code SO_RCVBUF} or {@code SO_SNDBUF} in bytes; the kernel counts them double. */
    public static int socketBuffer(int fd, int option) throws IOException {
        long[] bytes = new long[1];
        check(NATIVES.getInt(fd, Constants.SOL_SOCKET, option, bytes), "read the size of a buffer");
        return (int) bytes[0] / 2;
    }

    /** Sets {@code SO_RCVBUF} or {@code SO_SNDBUF}, in bytes; the kernel limits what it is given. */
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

    // -- facts; to find them out sends nothing

    /** The address family of the sockets underneath. */
    public final int family() {
        return family;
    }

    /** The local CID, asked now, or {@code -errno}. */
    public abstract long localCid();

    /** Who tells the local CID. */
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

    /** Whether a transport carries datagrams: 0, or {@code -errno}. */
    public final int tryDatagrams() {
        int fd = NATIVES.socket(family, Constants.SOCK_DGRAM);
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
