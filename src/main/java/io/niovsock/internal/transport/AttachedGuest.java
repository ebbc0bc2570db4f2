// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Constants;

import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * A guest behind an AF_UNIX socket of its virtual machine monitor. The host connects to the socket. The guest connects
 * to the files that begin with the socket's path, one for each port.
 *
 * @param cid the CID of the guest
 * @param socket the absolute path of the socket; it need not exist
 */
public record AttachedGuest(long cid, Path socket) {
    private static final String LONGEST_SUFFIX = "_4294967295";

    /** The encoding in which the JDK passes paths to the kernel. */
    private static final Charset ENCODING = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    /** @throws IllegalArgumentException if no guest can have the CID, or the path is relative or too long */
    public AttachedGuest {
        if (cid <= VsockSocketAddress.CID_HOST || cid >= VsockSocketAddress.CID_ANY)
            throw new IllegalArgumentException("CID " + cid + " is not that of a guest: 3 to 4294967294");
        if (!socket.isAbsolute() || socket.getFileName() == null)
            throw new IllegalArgumentException("the path " + socket + " of the guest with CID " + cid
                + " is not the absolute path of a file");
        int length = bytes(socket).length + LONGEST_SUFFIX.length();
        if (length > Constants.UNIX_PATH_MAX)
            throw new IllegalArgumentException("the path " + socket + " of the guest with CID " + cid + " is too long: "
                + bytes(socket).length + " bytes, of at most " + (Constants.UNIX_PATH_MAX - LONGEST_SUFFIX.length()));
    }

    /** The path to connect to, as the kernel gets it. */
    public byte[] address() {
        return bytes(socket);
    }

    /** The file that the guest connects to if it connects to the host's port. */
    Path socketOf(long port) {
        return socket.resolveSibling(socket.getFileName() + "_" + port);
    }

    static byte[] bytes(Path path) {
        return path.toString().getBytes(ENCODING);
    }

    @Override
    public String toString() {
        return "CID " + cid + " at " + socket;
    }
}
