package io.niovsock.internal.natives;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

/**
 * The native methods. Most are a thin layer over the system call whose manual page they name: their result is that of
 * the call, or {@code -errno}. The others reach what the JDK does not show, and say so. CIDs and ports are the bits of
 * unsigned 32-bit numbers. Numbers of errors, options and flags come from {@link #constant}, that is, from the headers
 * of C.
 *
 * <p> {@link #initialize} loads the library, by {@link NativeLibrary}; no other method may be called before it.
 */
public final class Natives {
    private static final Natives INSTANCE = new Natives();

    private Natives() { }

    /**
     * The methods, for classes of this library.
     *
     * @param caller what {@code MethodHandles.lookup()} gives the calling class
     * @throws IllegalCallerException if that is no class of this library
     */
    public static Natives of(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        return INSTANCE;
    }

    /**
     * Makes sure that the library is loaded, and with it that {@code sun.nio.ch} can be linked. Whatever else uses this
     * class comes later.
     *
     * @throws UnsatisfiedLinkError if it cannot be loaded, saying why each time
     */
    public static void initialize() {
        NativeLibrary.load();
    }

    // -- constants.c

    /** The number behind a name of {@code errno.h}, {@code sys/socket.h} or {@code linux/vm_sockets.h}. */
    static int requireConstant(String name) {
        NativeLibrary.load();
        int value = constant(name);
        if (value == Integer.MIN_VALUE)
            throw new AssertionError("native/constants.c has no " + name);
        return value;
    }

    private static native int constant(String name);

    /** The text of {@code strerror(3)}. */
    static native String errorText(int errno);

    // -- sockets.c

    /** socket(2), close-on-exec. */
    public native int socket(int family, int type);

    /** bind(2). */
    public native int bind(int fd, int family, int cid, int port);

    /** listen(2). */
    public native int listen(int fd, int backlog);

    /** connect(2); {@code flags} is {@code svm_flags} of vsock(7). */
    public native int connect(int fd, int family, int cid, int port, int flags);

    /** Whether a pending connection is made: 1 yes, 0 not yet; without waiting, by poll(2) and {@code SO_ERROR}. */
    public native int pollConnect(int fd);

    /** accept4(2), close-on-exec and blocking; stores CID and port of the peer. */
    public native int accept(int fd, int[] peer);

    /** getsockname(2): stores CID and port. */
    public native int localEndpoint(int fd, int[] endpoint);

    /** getpeername(2): stores CID and port. */
    public native int remoteEndpoint(int fd, int[] endpoint);

    /** getpeername(2): {@code svm_flags} of the address that the socket is connected to. */
    public native int remoteFlags(int fd);

    /** shutdown(2). */
    public native int shutdown(int fd, int how);

    // -- endpoint.c

    /** Gives the names of emulated endpoints, {@code niovsock/NAME/CID/PORT}, a name space of at most 64 bytes: 0, or {@code -errno}. */
    public native int useNamespace(String name);

    // -- emulation.c

    /**
     * Ends a connection or a listener over AF_UNIX that is about to be closed, so that no peer of it sees a reset.
     *
     * @param selected whether a selector knows the socket, which nothing may wake
     */
    public native void endEmulated(int fd, boolean selected);

    /** Makes a connect one that will be found to be refused: {@code -EINPROGRESS}, or {@code -ECONNRESET} for refused now. */
    public native int refuseEmulated(int fd);

    /** Whether a socket of the other type, or at the other CID, has the port. */
    public native boolean isTakenEmulated(int fd, int cid, int otherCid, int port);

    /** capget(2): whether the thread has {@code CAP_NET_BIND_SERVICE}. */
    public native boolean mayBindPrivilegedPort();

    // -- transfer.c

    /** recv(2). */
    public native int receive(int fd, long address, int length, int flags);

    /** send(2), never raising SIGPIPE. */
    public native int send(int fd, long address, int length, int flags);

    /** recv(2) with {@code MSG_DONTWAIT} into an array, which the garbage collector leaves in its place until then. */
    public native int receiveIntoArray(int fd, byte[] array, int offset, int length);

    /** send(2) with {@code MSG_DONTWAIT} from an array, never raising SIGPIPE. */
    public native int sendFromArray(int fd, byte[] array, int offset, int length);

    /** recvmsg(2) into {@code count} elements of {@code struct iovec} at {@code vector}. */
    public native long receiveVector(int fd, long vector, int count, int flags);

    /** sendmsg(2) of {@code count} elements of {@code struct iovec} at {@code vector}, never raising SIGPIPE. */
    public native long sendVector(int fd, long vector, int count, int flags);

    /**
     * Bytes that can be read at once: by ioctl(2) {@code FIONREAD}, and where the kernel has none (vsock before 6.17) by
     * recvmsg(2) with {@code MSG_PEEK}, which tells no more than 64 KiB.
     */
    public native int available(int fd);

    // -- sessions.c

    /** Keeps the session of a direct buffer open, by {@code sun.nio.ch.IOUtil.acquireScopes}; to run the result is to let go. */
    public native Runnable holdSession(ByteBuffer direct);

    /** Where the memory of a direct buffer begins. */
    public native long directAddress(ByteBuffer direct);

    // -- records.c

    /**
     * send(2) of one record, whole or not at all. Where it is not to {@code wait} and there is no room at all:
     * {@code -EAGAIN}; where there is room for a part, it waits all the same, and {@code -ETIMEDOUT} says that it was cut.
     */
    public native int sendRecord(int fd, long address, int length, boolean wait);

    /** poll(2) {@code POLLRDHUP}, and nothing left: whether a receive of 0 bytes was the end of the stream. */
    public native boolean hasEnded(int fd);

    // -- datagrams.c

    /** recvfrom(2): one datagram, cut to the length; stores CID and port of its sender. */
    public native int receiveFrom(int fd, long address, int length, int[] sender);

    /** sendto(2): one datagram. */
    public native int sendTo(int fd, long address, int length, int family, int cid, int port);

    // -- descriptors.c

    /** Sets the number that a descriptor object stands for; -1 makes every later use of it fail. */
    public native void setDescriptor(FileDescriptor descriptor, int fd);

    /** ioctl(2) {@code FIONBIO}. */
    public native int configureBlocking(int fd, boolean blocking);

    /** dup3(2), close-on-exec: {@code to} becomes another number for what {@code from} stands for. */
    public native int duplicateOnto(int from, int to);

    /**
     * dup3(2) of a marker: {@code fd} becomes a descriptor on which nothing ever blocks, since every call of sockets fails on
     * it, and every poll finds a hang-up.
     *
     * @param mayShare whether to use a marker that other numbers have too, where no descriptor is left for another one
     */
    public native int hangUp(int fd, boolean mayShare);

    /** close(2), once. */
    public native int close(int fd);

    // -- threads.c

    /** gettid(2): the number of the current thread, for {@link #signal}. */
    public native int currentThread();

    /** tgkill(2): ends the system call that a thread of this process is in, with {@code EINTR}. */
    public native int signal(int thread);

    // -- inherited.c

    /** fcntl(2) {@code F_DUPFD_CLOEXEC}: another number for what the descriptor stands for, above those of the standard streams. */
    public native int duplicate(int fd);

    /** fcntl(2) {@code FD_CLOEXEC}. */
    public native int closeOnExec(int fd);

    /** A new descriptor of {@code /dev/null}. */
    public native int openNull();

    /** dup2(2): standard streams that stand for the same socket as the descriptor become {@code /dev/null}. */
    public native void detachStandardStreams(int fd, int nullDescriptor);

    // -- options.c

    /** setsockopt(2) of an {@code int}. */
    public native int setInt(int fd, int level, int option, int value);

    /** getsockopt(2) of an {@code int}. */
    public native int getInt(int fd, int level, int option, long[] value);

    /** setsockopt(2) of a {@code u64}. */
    public native int setLong(int fd, int level, int option, long value);

    /** getsockopt(2) of a {@code u64}. */
    public native int getLong(int fd, int level, int option, long[] value);

    /** setsockopt(2) of a {@code struct timeval}, given in microseconds. */
    public native int setMicros(int fd, int level, int option, long micros);

    /** getsockopt(2) of a {@code struct timeval}, in microseconds. */
    public native int getMicros(int fd, int level, int option, long[] micros);

    // -- machine.c

    /** ioctl(2) {@code IOCTL_VMCI_SOCKETS_GET_AF_VALUE} on a device: the address family that VMware's own stack has. */
    public native int addressFamily(String device);

    /** ioctl(2) {@code IOCTL_VM_SOCKETS_GET_LOCAL_CID} on {@code /dev/vsock}. */
    public native long localCid();

    // -- keys.c

    /** Makes every selector that the channel is registered with add the channel's descriptor anew. */
    public native void reregister(AbstractSelectableChannel channel);

    // -- members.c

    /** Whether the JDK has a field or method, public or not, by the names and the descriptor that JNI has for it. */
    public native boolean hasMember(String type, String name, String descriptor);

    // -- platform.c

    /** A selector of the JDK's own, whose {@code provider()} is the given one. */
    public native AbstractSelector newSelector(SelectorProvider provider) throws IOException;

    /** A pipe of the JDK's own; the {@code provider()} of its ends is the given one. */
    public native Pipe newPipe(SelectorProvider provider) throws IOException;

    /** A TCP listener of the JDK's own; its {@code provider()}, and that of what it accepts, is the given one. */
    public native ServerSocketChannel newListener(SelectorProvider provider) throws IOException;

    // -- javanet.c

    /**
     * A handle of a member of {@code java.net} that is not public: one that {@code native/javanet.c} lists, so that no
     * class, by whatever means it gets here, has more of {@code java.net}.
     *
     * @return null if the name is not in the list
     * @throws ReflectiveOperationException if this JDK does not have the member
     */
    public native MethodHandle javaNetMember(String name) throws ReflectiveOperationException;
}
