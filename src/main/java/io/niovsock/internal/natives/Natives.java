// SPDX-License-Identifier: Apache-2.0
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
 * The native methods. Most are a thin layer over the system call that their Javadoc names: they return the result of
 * the call, or {@code -errno}. The others use internals of the JDK, and say so. CIDs and ports are the bits of unsigned
 * 32-bit numbers. The numbers of errors, options and flags come from {@link #constant}, that is, from C's headers.
 *
 * <p> {@link #initialize} loads the library, by {@link NativeLibrary}; no other method may be called before it.
 */
public final class Natives {
    private static final Natives INSTANCE = new Natives();

    private Natives() { }

    /**
     * The methods, for classes of this library.
     *
     * @param caller the calling class's {@code MethodHandles.lookup()}
     * @throws IllegalCallerException if that is not a class of this library
     */
    public static Natives of(MethodHandles.Lookup caller) {
        LibraryClasses.require(caller);
        return INSTANCE;
    }

    /**
     * Makes sure that the library is loaded, and with it that {@code sun.nio.ch} can be linked. Call it before every
     * other use of this class.
     *
     * @throws UnsatisfiedLinkError at each call, with the reason, if it cannot be loaded
     */
    public static void initialize() {
        NativeLibrary.load();
    }

    // -- constants.c

    /** The value of a constant of {@code errno.h}, {@code sys/socket.h} or {@code linux/vm_sockets.h}. */
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

    /** poll(2) and {@code SO_ERROR}, without waiting: 1 if a pending connect has succeeded, 0 if not yet, or -errno. */
    public native int pollConnect(int fd);

    /** poll(2) of one descriptor: positive if the event or an error is there, 0 if not within the time, or -errno. */
    public native int poll(int fd, int event, int millis);

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

    /**
     * Puts emulated endpoints into a namespace of at most 64 bytes, {@code niovsock/NAME/CID/PORT}: 0, or
     * {@code -errno}.
     */
    public native int useNamespace(String name);

    /**
     * Puts the endpoints of networks within this process into a namespace of at most 40 bytes,
     * {@code niovsock/NAME/NETWORK/CID/PORT}: 0, or {@code -errno}. An address is in a network if the upper 16 bits of
     * its family are the network's number.
     */
    public native int useNetworks(String name);

    // -- emulation.c

    /**
     * Prepares a connection or a listener over AF_UNIX for its close, so that no peer sees a reset.
     *
     * @param selected whether a selector knows the socket; nothing may wake that selector
     */
    public native void endEmulated(int fd, boolean selected);

    /** Lets poll(2) report a refused connect: {@code -EINPROGRESS}, or {@code -ECONNRESET} if that is not possible. */
    public native int refuseEmulated(int fd);

    /**
     * Whether a socket of the other type, or at the other CID, is bound to the port: 1, 0, or {@code -errno} if that
     * cannot be found out.
     */
    public native int isTakenEmulated(int fd, int family, int cid, int otherFamily, int otherCid, int port);

    /** capget(2): whether the thread has {@code CAP_NET_BIND_SERVICE}. */
    public native boolean mayBindPrivilegedPort();

    // -- hybrid.c

    /** connect(2) to an AF_UNIX socket in the file system; the path is without the final NUL. */
    public native int connectToFile(int fd, byte[] path);

    /** bind(2) of an AF_UNIX socket to a new file; the path is without the final NUL. */
    public native int bindToFile(int fd, byte[] path);

    /**
     * chmod(2) of a socket in the file system. Returns {@code -ENOTSOCK} if the path is a link, or no socket.
     */
    public native int permitSocketFile(byte[] path, int mode);

    /** send(2) of the request to connect to a guest's port. */
    public native int requestPort(int fd, int port);

    /**
     * recv(2) of the reply to such a request, up to the end of its line: the number of bytes that were appended to the
     * {@code had} bytes of the reply, {@code -EAGAIN} if none has come, {@code -ECONNRESET} at the end of the stream.
     *
     * @param end whether to take the end of the line; otherwise it stays in the socket, and the result is 0
     */
    public native int receiveReply(int fd, byte[] reply, int had, boolean end);

    // -- group.c

    /** epoll_create1(2), close-on-exec. */
    public native int newGroup();

    /**
     * epoll_ctl(2): adds a listening socket in non-blocking mode. Its peers are the guest with that CID, or, for
     * {@code VMADDR_CID_ANY}, have endpoints.
     */
    public native int addToGroup(int group, int fd, int cid);

    /** epoll_ctl(2): removes a socket. */
    public native int removeFromGroup(int group, int fd);

    /**
     * epoll_wait(2), without waiting, and accept4(2), close-on-exec and blocking: stores CID and port of the peer, and
     * 1 if it is a guest, else 0.
     */
    public native int acceptFromGroup(int group, int[] peer);

    // -- transfer.c

    /** recv(2). */
    public native int receive(int fd, long address, int length, int flags);

    /** send(2), never raising SIGPIPE. */
    public native int send(int fd, long address, int length, int flags);

    /** recv(2) with {@code MSG_DONTWAIT} into an array, which the garbage collector does not move during the call. */
    public native int receiveIntoArray(int fd, byte[] array, int offset, int length);

    /** send(2) with {@code MSG_DONTWAIT} from an array, never raising SIGPIPE. */
    public native int sendFromArray(int fd, byte[] array, int offset, int length);

    /** recvmsg(2) into {@code count} elements of {@code struct iovec} at {@code vector}. */
    public native long receiveVector(int fd, long vector, int count, int flags);

    /** sendmsg(2) of {@code count} elements of {@code struct iovec} at {@code vector}, never raising SIGPIPE. */
    public native long sendVector(int fd, long vector, int count, int flags);

    /**
     * The number of bytes that can be read without waiting: by ioctl(2) {@code FIONREAD}, or, if the kernel does not
     * support that (vsock before 6.17), by recvmsg(2) with {@code MSG_PEEK}, at most 64 KiB.
     */
    public native int available(int fd);

    /** {@code fcntl(2)} with {@code F_SETPIPE_SZ}: gives a pipe room for at least that many bytes. */
    public native int resizePipe(int fd, int size);

    /** {@code splice(2)} with {@code SPLICE_F_NONBLOCK}. One of the two is a pipe. 0: the end of the input. */
    public native int splice(int from, int to, int length);

    // -- sessions.c

    /**
     * Holds the session of a direct buffer open, by {@code sun.nio.ch.IOUtil.acquireScopes}; running the result
     * releases it.
     */
    public native Runnable holdSession(ByteBuffer direct);

    /** The address of a direct buffer's memory. */
    public native long directAddress(ByteBuffer direct);

    // -- records.c

    /**
     * send(2) of one record, whole or not at all. Without {@code wait}, it returns {@code -EAGAIN} if there is no room
     * at all. If there is room for a part, it waits nevertheless, and returns {@code -ETIMEDOUT} if the record was cut.
     */
    public native int sendRecord(int fd, long address, int length, boolean wait);

    /**
     * poll(2) {@code POLLRDHUP} and ioctl(2) {@code FIONREAD}: whether a receive of 0 bytes was the end of the stream.
     */
    public native boolean hasEnded(int fd);

    // -- datagrams.c

    /**
     * recvfrom(2): one datagram, truncated to the length; stores CID and port of its sender.
     *
     * @param cid what the array contains already; if the sender has both numbers, nothing is stored
     * @param port the same
     */
    public native int receiveFrom(int fd, long address, int length, int[] sender, int cid, int port);

    /** sendto(2): one datagram. */
    public native int sendTo(int fd, long address, int length, int family, int cid, int port);

    // -- descriptors.c

    /** Sets the number of a descriptor object; -1 makes every later use of it fail. */
    public native void setDescriptor(FileDescriptor descriptor, int fd);

    /** ioctl(2) {@code FIONBIO}. */
    public native int configureBlocking(int fd, boolean blocking);

    /** dup3(2), close-on-exec: re-points the number {@code to} at the open file of {@code from}. */
    public native int duplicateOnto(int from, int to);

    /**
     * dup3(2) of a marker descriptor onto {@code fd}. Nothing blocks on a marker: socket calls fail on it, and poll(2)
     * reports a hang-up.
     *
     * @param mayShare whether to use a marker that other numbers share, if no descriptor is left for a new one
     */
    public native int hangUp(int fd, boolean mayShare);

    /** close(2), once. */
    public native int close(int fd);

    // -- threads.c

    /** gettid(2): the ID of the current thread, for {@link #signal}. */
    public native int currentThread();

    /** poll(2) of no descriptor: waits for the time in milliseconds, or until a signal. */
    public native void pause(int millis);

    /** tgkill(2): ends the system call of a thread of this process, with {@code EINTR}. */
    public native int signal(int thread);

    // -- inherited.c

    /**
     * fcntl(2) {@code F_DUPFD_CLOEXEC}: duplicates the descriptor, with a number above those of the standard streams.
     */
    public native int duplicate(int fd);

    /** fcntl(2) {@code FD_CLOEXEC}. */
    public native int closeOnExec(int fd);

    /** A new descriptor of {@code /dev/null}. */
    public native int openNull();

    /** dup2(2): re-points those standard streams at {@code nullDescriptor} that are the same socket as {@code fd}. */
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

    /** ioctl(2) {@code IOCTL_VMCI_SOCKETS_GET_AF_VALUE} on a device: the address family of VMware's own stack. */
    public native int addressFamily(String device);

    /** ioctl(2) {@code IOCTL_VM_SOCKETS_GET_LOCAL_CID} on {@code /dev/vsock}. */
    public native long localCid();

    // -- diagnosis.c

    /**
     * socket(2) of {@code NETLINK_SOCK_DIAG}, and send(2) of a query for all vsock sockets: a descriptor that has the
     * answer, or the first part of it. The query does not leave this machine.
     */
    public native int askForSockets();

    // -- keys.c

    /**
     * Makes every selector that the channel is registered with add the channel's descriptor again. A select that is
     * under way is woken.
     */
    public native void reregister(AbstractSelectableChannel channel);

    // -- members.c

    /** Whether the JDK has a field or method, public or not, by its JNI names and descriptor. */
    public native boolean hasMember(String type, String name, String descriptor);

    // -- platform.c

    /** Creates a selector of the JDK's own class, with the given {@code provider()}. */
    public native AbstractSelector newSelector(SelectorProvider provider) throws IOException;

    /** Creates a pipe of the JDK's own class; its ends have the given {@code provider()}. */
    public native Pipe newPipe(SelectorProvider provider) throws IOException;

    /**
     * Creates a TCP listener of the JDK's own class; it, and its accepted connections, have the given
     * {@code provider()}.
     */
    public native ServerSocketChannel newListener(SelectorProvider provider) throws IOException;

    // -- handles.c

    /**
     * A handle of a member of the JDK that is not public. The member must be in the list of {@code native/handles.c}:
     * even a class that gets here by reflection reaches no other member.
     *
     * @return null if the name is not in the list
     * @throws ReflectiveOperationException if this JDK does not have the member
     */
    public native MethodHandle jdkMember(String name) throws ReflectiveOperationException;

    // -- bootclass.c

    /**
     * Defines a class of the bootstrap class loader, which classes of {@code java.base} can call.
     *
     * @param instrumentation the JVM's {@code Instrumentation}: with it, an agent could do the same
     * @param name the binary name, with slashes
     * @return null if that is not the JVM's
     */
    public native Class<?> defineBootClass(Object instrumentation, String name, byte[] code);
}
