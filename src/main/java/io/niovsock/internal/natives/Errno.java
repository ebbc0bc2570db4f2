// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.natives;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketException;

import static io.niovsock.internal.natives.Natives.requireConstant;

/**
 * The error numbers of the kernel, and the exceptions of channels for them.
 *
 * <p> Programs compare the messages of failed reads and writes ("Connection reset", "Connection reset by peer", "Broken
 * pipe"). Some compare the whole message, and some look at the message of the last cause. So these messages are exactly
 * the platform's, and the exceptions have no cause. The attempt and the endpoint are in a suppressed exception: every
 * stack trace shows it, and no program takes it for the error. The message of a refused connect starts with "Connection
 * refused", since programs look for that; the endpoint follows, as with the platform's option to name it
 * ({@code jdk.includeInExceptions}).
 */
public final class Errno {
    public static final int EACCES = requireConstant("EACCES");
    public static final int EADDRINUSE = requireConstant("EADDRINUSE");
    public static final int EADDRNOTAVAIL = requireConstant("EADDRNOTAVAIL");
    public static final int EAFNOSUPPORT = requireConstant("EAFNOSUPPORT");
    public static final int EAGAIN = requireConstant("EAGAIN");
    public static final int EBADF = requireConstant("EBADF");
    public static final int ECONNABORTED = requireConstant("ECONNABORTED");
    public static final int ECONNREFUSED = requireConstant("ECONNREFUSED");
    public static final int ECONNRESET = requireConstant("ECONNRESET");
    public static final int EHOSTUNREACH = requireConstant("EHOSTUNREACH");
    public static final int EINPROGRESS = requireConstant("EINPROGRESS");
    public static final int EINTR = requireConstant("EINTR");
    public static final int EINVAL = requireConstant("EINVAL");
    public static final int EMSGSIZE = requireConstant("EMSGSIZE");
    public static final int ENETUNREACH = requireConstant("ENETUNREACH");
    public static final int ENODEV = requireConstant("ENODEV");
    public static final int ENOMEM = requireConstant("ENOMEM");
    public static final int ENOENT = requireConstant("ENOENT");
    public static final int ENOPROTOOPT = requireConstant("ENOPROTOOPT");
    public static final int ENOTCONN = requireConstant("ENOTCONN");
    public static final int ENOTSOCK = requireConstant("ENOTSOCK");
    public static final int EOPNOTSUPP = requireConstant("EOPNOTSUPP");
    public static final int EPERM = requireConstant("EPERM");
    public static final int EPIPE = requireConstant("EPIPE");
    public static final int ESOCKTNOSUPPORT = requireConstant("ESOCKTNOSUPPORT");
    public static final int ETIMEDOUT = requireConstant("ETIMEDOUT");

    private Errno() { }

    /** The exception for a failed connect to the endpoint. */
    public static IOException connectFailed(int errno, SocketAddress remote) {
        String attempt = "connect to " + remote;
        if (errno == ECONNRESET || errno == ECONNREFUSED) // vsock answers a port without a listener with a reset
            return new ConnectException("Connection refused: " + attempt
                + ": no listener on that port, or its backlog is full");
        if (errno == ETIMEDOUT)
            return new ConnectException(message(attempt,
                "no answer in time (VsockSocketOptions.CONNECT_TIMEOUT sets the limit)", errno));
        if (errno == ENODEV || errno == EHOSTUNREACH || errno == ENETUNREACH)
            return new NoRouteToHostException(message(attempt,
                "no transport leads there (in a virtual machine: modprobe vmw_vsock_virtio_transport;"
                + " on a host: modprobe vhost_vsock, and start the guest; to reach this machine itself:"
                + " modprobe vsock_loopback)", errno));
        if (errno == EAFNOSUPPORT)
            return new SocketException(message(attempt, "this kernel has no AF_VSOCK (modprobe vsock), and no guest"
                + " with that CID is attached", errno));
        if (errno == ESOCKTNOSUPPORT)
            return new NoRouteToHostException(message(attempt,
                "no transport to that CID carries records (VSOCK_SEQPACKET), or no machine has that CID", errno));
        return failed(errno, attempt);
    }

    /** The exception for a failed connect through the host. */
    public static IOException connectToHostFailed(int errno, SocketAddress remote) {
        String attempt = "connect to " + remote + " with TO_HOST";
        if (errno == EINVAL)
            return new SocketException(message(attempt, "TO_HOST needs Linux 5.11 or later", errno));
        if (errno == ENODEV)
            return new NoRouteToHostException(message(attempt,
                "this machine has no transport to a host (in a virtual machine: modprobe vmw_vsock_virtio_transport)",
                errno));
        return connectFailed(errno, remote);
    }

    /** The exception for a failed connect to a guest behind the socket of a virtual machine monitor. */
    public static IOException connectToGuestFailed(int errno, SocketAddress remote, String socket) {
        String attempt = "connect to " + remote;
        if (errno == ECONNREFUSED || errno == ENOENT)
            return new NoRouteToHostException(message(attempt,
                "no virtual machine monitor listens at " + socket + " (start the guest, or attach it where it listens)",
                errno));
        if (errno == EACCES || errno == EPERM)
            return new SocketException(message(attempt, "not permitted to use " + socket, errno));
        return failed(errno, attempt + " at " + socket);
    }

    /** The exception for a socket that does not answer as a virtual machine monitor does. */
    public static IOException connectToGuestAnswered(String answer, SocketAddress remote, String socket) {
        return new ConnectException("connect to " + remote + ": " + socket + " answered '" + answer
            + "' instead of 'OK': it is not the vsock socket of a virtual machine monitor");
    }

    /** The exception for a failed bind. */
    public static IOException bindFailed(int errno, SocketAddress local, boolean privilegedPort) {
        String attempt = "bind to " + local;
        if (errno == EADDRINUSE)
            return new BindException(message(attempt, "the port is in use", errno));
        if (errno == EADDRNOTAVAIL)
            return new BindException(message(attempt,
                "not a CID of this machine (vsock:local needs modprobe vsock_loopback; vsock:host needs"
                + " modprobe vhost_vsock, on a host)", errno));
        if (errno == EACCES)
            return new BindException(message(attempt, privilegedPort
                ? "ports below 1024 are privileged (CAP_NET_BIND_SERVICE)" : "not permitted", errno));
        return failed(errno, attempt);
    }

    /** The exception for a failed bind to a file. */
    public static IOException bindToFileFailed(int errno, String file) {
        String attempt = "bind to " + file;
        if (errno == EADDRINUSE)
            return new BindException(message(attempt, "the file exists (remove it, if no program listens there)",
                errno));
        if (errno == EACCES || errno == EPERM)
            return new BindException(message(attempt, "not permitted to create the file", errno));
        return failed(errno, attempt);
    }

    /** The exception for a failure to set the permissions of such a file. */
    public static IOException permitFileFailed(int errno, String file) {
        String attempt = "set the permissions of " + file;
        return errno == ENOTSOCK || errno == ENOENT
            ? new BindException(message(attempt, "another program has removed or replaced the file", errno))
            : failed(errno, attempt);
    }

    /** The exception for a failure to create a socket. */
    public static IOException socketFailed(int errno) {
        String attempt = "open a vsock socket";
        if (errno == EAFNOSUPPORT)
            return new SocketException(message(attempt, "this kernel has no AF_VSOCK (modprobe vsock)", errno));
        if (errno == EPERM || errno == EACCES)
            return new SocketException(message(attempt, "not permitted (in a container, the seccomp profile must allow"
                + " socket(AF_VSOCK))", errno));
        if (errno == ESOCKTNOSUPPORT)
            return new SocketException(message(attempt, "this kernel does not have vsock sockets of that type"
                + " (VSOCK_SEQPACKET needs Linux 5.14 or later)", errno));
        return failed(errno, attempt);
    }

    /** The exception for a failure to read the local CID. */
    public static IOException localCidFailed(int errno) {
        String attempt = "ask /dev/vsock for the local CID";
        if (errno == EACCES || errno == EPERM)
            return new SocketException(message(attempt, "not permitted (chmod a+r /dev/vsock)", errno));
        if (errno == ENOENT)
            return new SocketException(message(attempt, "the device does not exist (modprobe vsock; a container must be"
                + " given the device)", errno));
        return failed(errno, attempt);
    }

    /** The exception for a failure to create a datagram socket. */
    public static IOException datagramSocketFailed(int errno) {
        if (errno == ENODEV || errno == EOPNOTSUPP || errno == ESOCKTNOSUPPORT)
            return new SocketException(message("open a vsock datagram socket", "of the kernel's transports, only VMCI"
                + " carries datagrams (modprobe vmw_vsock_vmci_transport)", errno));
        return socketFailed(errno);
    }

    /** The exception for a failed send of a datagram. */
    public static IOException sendFailed(int errno, SocketAddress remote, int length) {
        String attempt = "send " + length + " bytes to " + remote;
        if (errno == EMSGSIZE)
            return new SocketException(message(attempt, "too large for a datagram of this transport; nothing was sent",
                errno));
        if (errno == ENODEV || errno == EHOSTUNREACH || errno == ENETUNREACH)
            return new NoRouteToHostException(message(attempt, "no transport leads there", errno));
        if (errno == EINVAL)
            return new NoRouteToHostException(message(attempt,
                "no transport carries datagrams to that CID (VMCI carries them to vsock:host, which is this machine"
                    + " itself if it is not a guest)", errno));
        return failed(errno, attempt);
    }

    /** The exception for a failure to list the sockets of this machine. */
    public static IOException listSocketsFailed(int errno) {
        String attempt = "list the vsock sockets of this machine";
        return errno == ENOENT
            ? new SocketException(message(attempt, "this kernel does not tell of them (modprobe vsock_diag)", errno))
            : failed(errno, attempt);
    }

    /** The system's text for an error. */
    public static String text(int errno) {
        return Natives.errorText(errno);
    }

    /** The exception for any other failure: the attempt, and the system's text. */
    public static IOException failed(int errno, String attempt) {
        return new SocketException(attempt + ": " + Natives.errorText(errno));
    }

    /** The exception for a failed read. */
    public static IOException readFailed(int errno, SocketAddress remote) {
        return attempting("read from " + remote, errno == ECONNRESET
            ? new SocketException("Connection reset") : new IOException(Natives.errorText(errno)));
    }

    /** The exception for a failed write. */
    public static IOException writeFailed(int errno, SocketAddress remote) {
        return attempting("write to " + remote, new IOException(Natives.errorText(errno)));
    }

    private static IOException attempting(String attempt, IOException failure) {
        IOException attempted = new IOException(attempt);
        attempted.setStackTrace(new StackTraceElement[0]); // the failure's is the same
        failure.addSuppressed(attempted);
        return failure;
    }

    /** The exception for a record whose end was lost, because the buffer had no room for it. */
    public static IOException recordTruncated(int length, int room, SocketAddress remote) {
        return new SocketException("record of " + length + " bytes from " + remote + ": the buffer had room for " + room
            + "; the last " + (length - room) + " were lost (a buffer of VsockSocketOptions.BUFFER_SIZE bytes"
            + " holds every record)");
    }

    /**
     * The exception for a record that was not sent. Linux up to 6.1 reports ENOMEM for a record that is too large.
     *
     * @param bufferSize the size of this side's buffer
     */
    public static IOException recordFailed(int errno, long length, long bufferSize, SocketAddress remote) {
        String record = "record of " + length + " bytes to " + remote + ": ";
        if (errno == EMSGSIZE || errno == ENOMEM)
            return new SocketException(record + "too large for the buffers of the connection"
                + " (VsockSocketOptions.BUFFER_SIZE of this side: " + bufferSize + " bytes); nothing was sent: "
                + Natives.errorText(errno));
        if (errno == ETIMEDOUT)
            return new SocketException(record + "the peer took only a part of it, then nothing for 10 s; the connection"
                + " cannot be written to any more: " + Natives.errorText(errno));
        return writeFailed(errno, remote);
    }

    private static String message(String attempt, String why, int errno) {
        return attempt + ": " + why + ": " + Natives.errorText(errno);
    }
}
