// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The functions of the C library that the native library calls, each with errors that its man page names. Errors that
 * tell of a wrong argument, or of a socket that is not connected, are not among them: the operation would believe them.
 */
enum LibraryCall {
    ACCEPT4(Failure.EINTR, Failure.EAGAIN, Failure.ECONNABORTED, Failure.EMFILE, Failure.ENOMEM, Failure.EPERM),
    BIND(Failure.EACCES, Failure.EADDRINUSE, Failure.EADDRNOTAVAIL, Failure.ENOMEM),
    CLOSE(Failure.EINTR, Failure.EIO),
    CONNECT(Failure.EINTR, Failure.EAGAIN, Failure.EACCES, Failure.EADDRNOTAVAIL, Failure.ECONNREFUSED,
        Failure.ECONNRESET,
        Failure.ENETUNREACH, Failure.ENOMEM, Failure.ETIMEDOUT),
    DUP2(Failure.EINTR, Failure.EBUSY),
    DUP3(Failure.EINTR, Failure.EBUSY, Failure.EMFILE),
    EPOLL_CREATE1(Failure.EMFILE, Failure.ENOMEM),
    EPOLL_CTL(Failure.ENOMEM, Failure.ENOSPC),
    EPOLL_WAIT(Failure.EINTR),
    FCNTL(Failure.EMFILE),
    GETPEERNAME(Failure.ENOBUFS),
    GETSOCKNAME(Failure.ENOBUFS),
    GETSOCKOPT(Failure.ENOPROTOOPT),
    IOCTL(Failure.ENOTTY),
    LISTEN(Failure.EADDRINUSE, Failure.EOPNOTSUPP),
    OPEN(Failure.EACCES, Failure.EMFILE, Failure.ENOENT),
    PIPE2(Failure.EMFILE),
    POLL(Failure.EINTR, Failure.ENOMEM),
    RECV(Failure.EINTR, Failure.EAGAIN, Failure.ECONNRESET, Failure.ENOMEM),
    RECVFROM(RECV),
    RECVMSG(RECV),
    SEND(Failure.EINTR, Failure.EAGAIN, Failure.ECONNRESET, Failure.ENOBUFS, Failure.ENOMEM, Failure.EPIPE),
    SENDFILE(Failure.EINTR, Failure.EAGAIN, Failure.EIO, Failure.ENOMEM),
    SENDMSG(SEND),
    SENDTO(SEND),
    SETSOCKOPT(Failure.ENOPROTOOPT, Failure.ENOMEM),
    SHUTDOWN(Failure.ENOBUFS),
    SOCKET(Failure.EACCES, Failure.EMFILE, Failure.ENOBUFS, Failure.ENOMEM);

    /** Errors with their numbers, which x86-64 and aarch64 share (asm-generic). */
    enum Failure {
        EPERM(1), ENOENT(2), EINTR(4), EIO(5), EAGAIN(11), ENOMEM(12), EACCES(13), EBUSY(16), EMFILE(24),
        ENOTTY(25), ENOSPC(28), EPIPE(32), ENOPROTOOPT(92), EOPNOTSUPP(95), EADDRINUSE(98), EADDRNOTAVAIL(99),
        ENETUNREACH(101), ECONNABORTED(103), ECONNRESET(104), ENOBUFS(105), ETIMEDOUT(110),
        ECONNREFUSED(111);

        final int number;

        Failure(int number) {
            this.number = number;
        }

        /** Whether the system may be short of something for a while, so that every further call fails, too. */
        boolean mayLast() {
            return this == EMFILE || this == ENOMEM || this == ENOBUFS;
        }

        /** Whether a connection ends with the error. */
        boolean breaksConnection() {
            return this == ECONNRESET || this == EPIPE;
        }

        /** Whether the call is to be made again, or, for a bind, with another port. */
        boolean isPassing() {
            return this == EINTR || this == EAGAIN || this == EBUSY || this == ECONNABORTED || this == EADDRINUSE;
        }
    }

    final List<Failure> errors;

    LibraryCall(Failure... errors) {
        this.errors = List.of(errors);
    }

    LibraryCall(LibraryCall same) {
        this.errors = same.errors;
    }

    /** The function's name in C. */
    String functionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static LibraryCall named(String function) {
        return Arrays.stream(values()).filter(call -> call.functionName().equals(function)).findFirst()
            .orElseThrow(() -> new AssertionError("no errors are listed for " + function));
    }
}
