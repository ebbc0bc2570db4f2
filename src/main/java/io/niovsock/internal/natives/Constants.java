// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.natives;

import static io.niovsock.internal.natives.Natives.requireConstant;

/** C's constants that more than one class needs, by their names in C. */
public final class Constants {
    public static final int AF_UNIX = requireConstant("AF_UNIX");
    public static final int AF_VSOCK = requireConstant("AF_VSOCK");

    public static final int SOCK_STREAM = requireConstant("SOCK_STREAM");
    public static final int SOCK_SEQPACKET = requireConstant("SOCK_SEQPACKET");
    public static final int SOCK_DGRAM = requireConstant("SOCK_DGRAM");
    public static final int SOCK_NONBLOCK = requireConstant("SOCK_NONBLOCK");

    public static final int SHUT_RD = requireConstant("SHUT_RD");
    public static final int SHUT_WR = requireConstant("SHUT_WR");
    public static final int SHUT_RDWR = requireConstant("SHUT_RDWR");

    public static final int POLLIN = requireConstant("POLLIN");
    public static final int POLLOUT = requireConstant("POLLOUT");

    /** The longest path of an AF_UNIX socket in bytes, without the final NUL. */
    public static final int UNIX_PATH_MAX = requireConstant("UNIX_PATH_MAX");

    public static final int IOV_MAX = requireConstant("IOV_MAX");

    public static final int SOL_SOCKET = requireConstant("SOL_SOCKET");
    public static final int SO_ERROR = requireConstant("SO_ERROR");
    public static final int SO_SNDBUF = requireConstant("SO_SNDBUF");
    public static final int SO_RCVBUF = requireConstant("SO_RCVBUF");
    public static final int SO_DOMAIN = requireConstant("SO_DOMAIN");
    public static final int SO_TYPE = requireConstant("SO_TYPE");
    public static final int MSG_DONTWAIT = requireConstant("MSG_DONTWAIT");
    public static final int MSG_TRUNC = requireConstant("MSG_TRUNC");

    public static final int SO_VM_SOCKETS_BUFFER_SIZE = requireConstant("SO_VM_SOCKETS_BUFFER_SIZE");
    public static final int SO_VM_SOCKETS_BUFFER_MIN_SIZE = requireConstant("SO_VM_SOCKETS_BUFFER_MIN_SIZE");
    public static final int SO_VM_SOCKETS_BUFFER_MAX_SIZE = requireConstant("SO_VM_SOCKETS_BUFFER_MAX_SIZE");
    public static final int SO_VM_SOCKETS_PEER_HOST_VM_ID = requireConstant("SO_VM_SOCKETS_PEER_HOST_VM_ID");
    public static final int SO_VM_SOCKETS_TRUSTED = requireConstant("SO_VM_SOCKETS_TRUSTED");
    public static final int SO_VM_SOCKETS_NONBLOCK_TXRX = requireConstant("SO_VM_SOCKETS_NONBLOCK_TXRX");
    public static final int SO_VM_SOCKETS_CONNECT_TIMEOUT = requireConstant("SO_VM_SOCKETS_CONNECT_TIMEOUT");

    public static final int VMADDR_FLAG_TO_HOST = requireConstant("VMADDR_FLAG_TO_HOST");

    private Constants() { }
}
