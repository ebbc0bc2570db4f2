// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.LibraryClasses;
import io.niovsock.internal.natives.Natives;

import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.MethodHandles;

/** A socket that this process was started with, behind a descriptor that a channel is to own, in blocking mode. */
public final class InheritedSocket implements Closeable {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int STANDARD_INPUT = 0;
    private static final int NONE = -1;

    private final int fd;
    private final int nullDescriptor; // NONE: standard input is not this socket

    private InheritedSocket(int fd, int nullDescriptor) {
        this.fd = fd;
        this.nullDescriptor = nullDescriptor;
    }

    /**
     * Adopts the socket that is standard input, and perhaps the other standard streams. They stay open, so the channel
     * gets another number.
     *
     * @param caller what {@code MethodHandles.lookup()} gives the calling class, which must be of this library
     */
    public static InheritedSocket ofStandardInput(MethodHandles.Lookup caller) throws IOException {
        LibraryClasses.require(caller);
        int nullDescriptor = check(NATIVES.openNull(), STANDARD_INPUT); // now: at the close, no descriptor may be left
        int fd = NONE;
        boolean completed = false;
        try {
            fd = check(NATIVES.duplicate(STANDARD_INPUT), STANDARD_INPUT);
            configureBlocking(fd);
            completed = true;
            return new InheritedSocket(fd, nullDescriptor);
        } finally {
            if (!completed) {
                NATIVES.close(nullDescriptor);
                if (fd != NONE)
                    NATIVES.close(fd);
            }
        }
    }

    /**
     * Adopts the socket of a descriptor that no other code of this process uses.
     *
     * @param caller what {@code MethodHandles.lookup()} gives the calling class, which must be of this library
     */
    public static InheritedSocket of(MethodHandles.Lookup caller, int fd) throws IOException {
        LibraryClasses.require(caller);
        check(NATIVES.closeOnExec(fd), fd);
        configureBlocking(fd);
        return new InheritedSocket(fd, NONE);
    }

    /** The mode belongs to the socket: another process may have changed it. */
    private static void configureBlocking(int fd) throws IOException {
        check(NATIVES.configureBlocking(fd, true), fd);
    }

    private static int check(int result, int fd) throws IOException {
        if (result < 0)
            throw Errno.failed(-result, "adopt descriptor " + fd);
        return result;
    }

    public int fd() {
        return fd;
    }

    /** Re-points standard streams that are this socket too: they would keep it open after the channel is closed. */
    void detachStandardStreams() {
        if (nullDescriptor == NONE)
            return;
        NATIVES.detachStandardStreams(fd, nullDescriptor);
        NATIVES.close(nullDescriptor);
    }

    /** Gives the number back; for the channel, once. */
    @Override
    public void close() {
        NATIVES.close(fd);
    }
}
