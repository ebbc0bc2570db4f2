// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.tool;

import io.niovsock.internal.jdk.Descriptors;
import io.niovsock.internal.monitor.Counters;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.provider.Availability;

import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;

/**
 * Moves bytes from one channel to another in the kernel. They go through a pipe, which keeps what the receiver does not
 * take at once. Neither channel may be blocking, or closed by another thread meanwhile. Not safe for use by several
 * threads.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/splice.2.html">splice(2)</a>
 */
public final class SplicePipe implements Closeable {
    /** What {@link #fillFrom} returns if the channel itself must be read. The pipe has taken nothing. */
    public static final int READ_CHANNEL = -1;
    private static final int SIZE = 1 << 19; // with the usual 64 KiB, system calls cost as much as copies would

    /** Loaded only after the native library. */
    private static final class Calls {
        static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    }

    private final Pipe.SourceChannel source;
    private final Pipe.SinkChannel sink;
    private int held;

    /**
     * Makes an empty pipe, of two descriptors.
     *
     * @throws IOException if there are no descriptors left, the user has as much memory in pipes as is allowed, or the
     *     native library cannot be loaded
     */
    public SplicePipe() throws IOException {
        Availability.require();
        Pipe pipe = Pipe.open();
        source = pipe.source();
        sink = pipe.sink();
        int size = Calls.NATIVES.resizePipe(Descriptors.numberOf(sink), SIZE);
        if (size < SIZE) {
            close();
            throw new IOException("no pipe of " + SIZE + " bytes (sysctl fs.pipe-max-size, fs.pipe-user-pages-soft)");
        }
    }

    /** Whether pipes may be used: what goes through them is not counted. */
    public static boolean mayBeUsed() {
        return !Counters.areBytesWanted();
    }

    /** {@return whether a write has failed because the peer has reset the connection} */
    public static boolean isReset(IOException failureOfWrite) {
        String text = String.valueOf(failureOfWrite.getMessage()); // the system's text, in the language of the user
        return text.contains("Connection reset") || text.contains(Errno.text(Errno.ECONNRESET));
    }

    /** {@return how many bytes the pipe has} */
    public int held() {
        return held;
    }

    /**
     * Takes what a channel has to read. The pipe must be empty.
     *
     * @param channel a connected channel
     * @return the number of bytes; 0 if there are none yet; {@link #READ_CHANNEL} at the end of the connection, which
     *     only the channel tells from a reset, and where the kernel cannot splice
     * @throws IOException if the channel cannot be read
     */
    public int fillFrom(SocketChannel channel) throws IOException {
        if (held > 0)
            throw new IllegalStateException("the pipe has " + held + " bytes"); // EAGAIN would have two meanings
        int moved = Calls.NATIVES.splice(Descriptors.numberOf(channel), Descriptors.numberOf(sink), SIZE);
        if (moved > 0) {
            held = moved;
            return moved;
        }
        if (moved == -Errno.EAGAIN || moved == -Errno.EINTR)
            return 0;
        if (moved == 0 || moved == -Errno.ENOTCONN || moved == -Errno.EINVAL) // EINVAL: vsock, before Linux 4.20
            return READ_CHANNEL;
        throw Errno.failed(-moved, "read");
    }

    /**
     * Gives a channel as many bytes as it takes.
     *
     * @param channel a connected channel
     * @return the number of bytes
     * @throws IOException if the channel cannot be written
     */
    public int drainTo(SocketChannel channel) throws IOException {
        int moved = Calls.NATIVES.splice(Descriptors.numberOf(source), Descriptors.numberOf(channel), held);
        if (moved >= 0) {
            held -= moved;
            return moved;
        }
        if (moved == -Errno.EAGAIN || moved == -Errno.EINTR)
            return 0;
        throw Errno.failed(-moved, "write");
    }

    /** Closes both ends; what the pipe has is lost. */
    @Override
    public void close() throws IOException {
        try (source) {
            sink.close();
        }
    }
}
