package io.niovsock.internal.channel;

import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.IOException;
import java.lang.invoke.MethodHandles;

/** A socket that this process was started with, behind a descriptor that a channel is to own, in blocking mode. */
public final class InheritedSocket {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int STANDARD_INPUT = 0;
    private static final int NONE = -1;

    private final int fd;
    private final int nullDescriptor; // NONE: standard input is not this socket

    private InheritedSocket(int fd, int nullDescriptor) throws IOException {
        this.fd = fd;
        this.nullDescriptor = nullDescriptor;
        check(NATIVES.configureBlocking(fd, true), fd); // the mode is the socket's, and may be what another process left
    }

    /** The socket that is standard input, and perhaps the other standard streams: under another number, as they stay open. */
    public static InheritedSocket ofStandardInput() throws IOException {
        int nullDescriptor = check(NATIVES.openNull(), STANDARD_INPUT); // early: at the close there may be none to be had
        return new InheritedSocket(check(NATIVES.duplicate(STANDARD_INPUT), STANDARD_INPUT), nullDescriptor);
    }

    /** The socket of a descriptor that is ours alone. */
    public static InheritedSocket of(int fd) throws IOException {
        check(NATIVES.closeOnExec(fd), fd);
        return new InheritedSocket(fd, NONE);
    }

    private static int check(int result, int fd) throws IOException {
        if (result < 0)
            throw Errno.failed(-result, "adopt descriptor " + fd);
        return result;
    }

    public int fd() {
        return fd;
    }

    /** The channel is about to end: standard streams that are this socket too would keep it open. */
    void detachStandardStreams() {
        if (nullDescriptor != NONE)
            NATIVES.detachStandardStreams(fd, nullDescriptor);
    }
}
