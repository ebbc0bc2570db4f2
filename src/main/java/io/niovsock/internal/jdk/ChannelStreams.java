// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Natives;
import sun.nio.ch.SelChImpl;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SelectableChannel;
import java.util.Set;

/**
 * The streams that {@link Channels} makes of a connection. On JDK 21 and later, those of the JDK's own channels have a
 * lock for each direction. Those of any other channel transfer under its {@code blockingLock()}, so a read that waits
 * would keep all other threads from writing, and the reverse. Here a transfer that has to wait gives that lock up
 * meanwhile: {@link Object#wait} releases it, while a virtual thread does the transfer.
 *
 * <p> That costs two switches between threads. So a thread that is alone in using the streams waits for a moment under
 * the lock first: of a thread that sends requests and reads the answers, most waits end there.
 *
 * <p> All methods are called under the channel's {@code blockingLock()}, which guards the fields, too.
 */
public abstract class ChannelStreams {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final boolean JDK_HAS_TWO_LOCKS = Runtime.version().feature() >= 21;
    private static final Set<String> STREAMS =
        Set.of("sun.nio.ch.ChannelInputStream", "sun.nio.ch.ChannelOutputStream");
    private static final int ALONE = 16; // transfers of one thread, without any of another one in between
    private static final int MOMENT_MILLIS = 10; // what the first transfer of a second thread may have to wait

    private final SelectableChannel channel; // the one that the program has
    private long user; // the ID of the thread of the last transfer; 0: there was none
    private int transfersOfUser = ALONE;

    protected ChannelStreams(SelectableChannel channel) {
        this.channel = channel;
    }

    /**
     * Whether a stream may be calling: if so, its transfer has to come here. A stream has a buffer with an array, and
     * the lock. But a program that calls the channel itself may have both, too.
     */
    public static boolean mayCall(SelectableChannel channel, ByteBuffer buffer) {
        return JDK_HAS_TWO_LOCKS && buffer.hasArray() && channel.isBlocking()
            && Thread.holdsLock(channel.blockingLock());
    }

    /** Reads what is there now, without waiting; 0 if that is nothing. */
    protected abstract int tryRead(ByteBuffer dst) throws IOException;

    /** Writes as much as there is room for now, without waiting. */
    protected abstract int tryWrite(ByteBuffer src) throws IOException;

    /** Reads, and waits under the locks that the current thread has. */
    protected abstract int awaitRead(ByteBuffer dst) throws IOException;

    protected abstract int awaitWrite(ByteBuffer src) throws IOException;

    /** Reads for a stream, or for a program that has the lock. */
    public int read(ByteBuffer dst) throws IOException {
        int moment = momentMillis();
        int n = tryRead(dst);
        if (n == 0 && dst.hasRemaining() && isReadyWithin(moment, Constants.POLLIN))
            n = tryRead(dst);
        if (n != 0 || !dst.hasRemaining())
            return n;
        return areCalling() ? new Handover(dst, this::awaitRead).result() : awaitRead(dst);
    }

    /** Writes for a stream, which writes the rest by further calls, or for a program that has the lock. */
    public int write(ByteBuffer src) throws IOException {
        int moment = momentMillis();
        int n = tryWrite(src);
        if (n == 0 && src.hasRemaining() && isReadyWithin(moment, Constants.POLLOUT))
            n = tryWrite(src);
        if (!src.hasRemaining())
            return n;
        if (!areCalling())
            return n + awaitWrite(src);
        return n != 0 ? n : new Handover(src, this::awaitWrite).result();
    }

    /** How long the current thread may wait under the lock. A virtual thread would keep its carrier. */
    private int momentMillis() {
        long current = Thread.currentThread().getId();
        if (user == current)
            transfersOfUser = Math.min(transfersOfUser + 1, ALONE);
        else if (user != 0)
            transfersOfUser = 0;
        user = current;
        return transfersOfUser == ALONE && !BlockedThread.isCurrentVirtual() ? MOMENT_MILLIS : 0;
    }

    /**
     * Waits for an event. A close or an interrupt does not end this wait, which is short. If the number is another
     * file's by then, that does no harm: the transfer that follows finds the channel closed.
     */
    protected final boolean isReadyWithin(int millis, int event) {
        return NATIVES.poll(((SelChImpl) channel).getFDVal(), event, millis) > 0;
    }

    /** Whether the channel is called by one of the two classes of streams. */
    private static boolean areCalling() {
        return StackWalker.getInstance().walk(frames -> frames
            .map(StackWalker.StackFrame::getClassName)
            .dropWhile(name -> name.startsWith("io.niovsock.internal."))
            .findFirst()
            .filter(STREAMS::contains)
            .isPresent());
    }

    /** A transfer that waits for one of the channel's directions. */
    private interface Transfer {
        int transfer(ByteBuffer buffer) throws IOException;
    }

    /** A transfer by a virtual thread. It does not have the lock, so it goes the channel's usual way. */
    private final class Handover implements Runnable {
        private static final MethodHandle START_VIRTUAL = startVirtualHandle();

        private final Object lock = channel.blockingLock();
        private final ByteBuffer buffer;
        private final Transfer transfer;

        // -- guarded by lock

        private boolean ended;
        private int result;
        private Throwable failure; // null: there is a result

        Handover(ByteBuffer buffer, Transfer transfer) {
            this.buffer = buffer;
            this.transfer = transfer;
        }

        private static MethodHandle startVirtualHandle() {
            try {
                return MethodHandles.lookup().findStatic(Thread.class, "startVirtualThread",
                    MethodType.methodType(Thread.class, Runnable.class));
            } catch (ReflectiveOperationException e) {
                throw new AssertionError("a JDK from 21 on has it", e);
            }
        }

        private Thread start() {
            try {
                return (Thread) START_VIRTUAL.invokeExact((Runnable) this);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError("not declared", e);
            }
        }

        @Override
        public void run() {
            int n = 0;
            Throwable thrown = null;
            try {
                n = transfer.transfer(buffer);
            } catch (Throwable e) {
                thrown = e;
            }
            synchronized (lock) {
                result = n;
                failure = thrown;
                ended = true;
                lock.notifyAll();
            }
        }

        /** Starts the transfer, and gives the lock up until it has ended. An interrupt is passed on to it. */
        int result() throws IOException {
            Thread virtual = start();
            boolean interrupted = false;
            while (!ended) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                    virtual.interrupt(); // closes the channel, which ends the transfer
                }
            }
            if (interrupted)
                Thread.currentThread().interrupt();
            return resultOrThrow();
        }

        private int resultOrThrow() throws IOException {
            if (failure instanceof IOException e)
                throw e;
            if (failure instanceof RuntimeException e)
                throw e;
            if (failure instanceof Error e)
                throw e;
            if (failure != null)
                throw new AssertionError("the transfer declares no other exception", failure);
            return result;
        }
    }
}
