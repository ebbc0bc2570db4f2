// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.tool;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.provider.Availability;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A vsock socket of this machine, as the kernel describes it.
 *
 * @param type the number of its type, such as {@code SOCK_STREAM}
 * @param state the number of its state, one of TCP's
 * @param local the endpoint that it is bound to, or any
 * @param remote the endpoint that it is connected to, or any
 * @param inode the number by which the folders of descriptors in {@code /proc} name it; 0: no descriptor leads to it
 * @see <a href="https://man7.org/linux/man-pages/man7/sock_diag.7.html">sock_diag(7)</a>
 */
public record KernelSocket(int type, int state, VsockSocketAddress local, VsockSocketAddress remote, long inode) {
    /*
     * The kernel answers with messages, each of which begins with struct nlmsghdr. The length counts the header, too;
     * the next message begins at a multiple of 4. A message about a socket goes on with struct vsock_diag_msg.
     *
     *   0        4       6        8        12       16       17     18      19         20
     *   | length | type  | flags  | number | port   | family | type | state | shutdown |
     *   20       24      28       32       36       40               48
     *   | local CID, port| remote CID, port| inode  | cookie         |
     *
     * An error, and the end, go on with the error number, negative or 0.
     */
    private static final int HEADER = 16;
    private static final int TYPE = 4;
    private static final int ERROR = 16;
    private static final int SOCKET_TYPE = 17;
    private static final int STATE = 18;
    private static final int LOCAL = 20;
    private static final int REMOTE = 28;
    private static final int INODE = 36;
    private static final int SOCKET_LENGTH = 48;
    private static final int ALIGNMENT = 4;

    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int SOCK_DIAG_BY_FAMILY = 20;

    private static final int ROOM = 1 << 16; // the kernel sends at most half of that at once

    /** Loaded only after the native library. */
    private static final class Calls {
        static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    }

    /**
     * Asks the kernel for all vsock sockets of this machine. Nothing leaves the machine.
     *
     * @return the sockets
     * @throws IOException if the kernel cannot list them, or the native library cannot be loaded
     */
    public static List<KernelSocket> all() throws IOException {
        Availability.require();
        int fd = Calls.NATIVES.askForSockets();
        if (fd < 0)
            throw Errno.listSocketsFailed(-fd);
        try {
            return readAll(fd);
        } finally {
            Calls.NATIVES.close(fd);
        }
    }

    private static List<KernelSocket> readAll(int fd) throws IOException {
        List<KernelSocket> sockets = new ArrayList<>();
        byte[] bytes = new byte[ROOM];
        while (true) {
            int n = Calls.NATIVES.receiveIntoArray(fd, bytes, 0, ROOM); // each part is there before it is asked for
            if (n < 0)
                throw Errno.listSocketsFailed(-n);
            if (read(ByteBuffer.wrap(bytes, 0, n), sockets))
                return sockets;
        }
    }

    /**
     * Reads the messages of one part of the answer.
     *
     * @param part the messages, from position to limit
     * @param sockets gets the sockets
     * @return whether this was the last part
     * @throws IOException if the kernel reports an error, or the part is malformed
     */
    public static boolean read(ByteBuffer part, List<KernelSocket> sockets) throws IOException {
        ByteBuffer rest = part.slice().order(ByteOrder.nativeOrder());
        while (rest.hasRemaining()) {
            if (rest.remaining() < HEADER)
                throw malformed(rest);
            int length = rest.getInt(0);
            if (length < HEADER || length > rest.remaining())
                throw malformed(rest);
            if (readMessage(rest.slice(0, length).order(ByteOrder.nativeOrder()), sockets))
                return true;
            rest.position(Math.min(rest.limit(), (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT));
            rest = rest.slice().order(ByteOrder.nativeOrder());
        }
        return false;
    }

    private static boolean readMessage(ByteBuffer message, List<KernelSocket> sockets) throws IOException {
        int type = message.getShort(TYPE);
        if (type == NLMSG_DONE || type == NLMSG_ERROR) {
            int errno = message.limit() < ERROR + Integer.BYTES ? 0 : -message.getInt(ERROR);
            if (errno != 0)
                throw Errno.listSocketsFailed(errno);
            return true;
        }
        if (type == SOCK_DIAG_BY_FAMILY)
            sockets.add(socket(message));
        return false;
    }

    private static KernelSocket socket(ByteBuffer message) throws IOException {
        if (message.limit() < SOCKET_LENGTH)
            throw malformed(message);
        return new KernelSocket(message.get(SOCKET_TYPE), message.get(STATE), endpoint(message, LOCAL),
            endpoint(message, REMOTE), Integer.toUnsignedLong(message.getInt(INODE)));
    }

    private static VsockSocketAddress endpoint(ByteBuffer message, int index) {
        return VsockSocketAddress.of(Integer.toUnsignedLong(message.getInt(index)),
            Integer.toUnsignedLong(message.getInt(index + Integer.BYTES)));
    }

    private static IOException malformed(ByteBuffer bytes) {
        return new IOException("the kernel lists the vsock sockets of this machine in a way that this version does not"
            + " know: bytes=" + bytes.remaining());
    }
}
