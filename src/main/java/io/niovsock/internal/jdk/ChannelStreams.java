// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Natives;
import sun.nio.ch.SelChImpl;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SelectableChannel;
import java.util.Set;

/**
 * The streams that {@link Channels} makes of a connection. On JDK 21 and later, those of the JDK's own channels have a
 * lock for each direction. Those of any other channel transfer under its {@code blockingLock()}, so a read that waits
 * would keep all other threads from writing, and the reverse. Here a stream's transfer that has to wait gives that lock
 * up meanwhile: {@link Object#wait} releases it, while a helper does the transfer.
 *
 * <p> That costs two switches between threads. So a platform thread that is alone with the streams waits under the
 * lock, but only until {@value #HOLD_MILLIS} ms have gone by since a transfer was handed over: a second thread waits
 * for about as long. From then on both hand over at once, until one of them is alone for a second.
 *
 * <p> The public methods are called under the channel's {@code blockingLock()}, which guards the fields, too.
 */
public abstract class ChannelStreams {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final boolean JDK_HAS_TWO_LOCKS = Runtime.version().feature() >= 21;
    private static final Set<String> STREAMS =
        Set.of("sun.nio.ch.ChannelInputStream", "sun.nio.ch.ChannelOutputStream");
    private static final int HOLD_MILLIS = 10;
    private static final long ALONE_NANOS = 1_000_000_000;

    private final SelectableChannel channel; // the one that the program has
    private int user; // of the last transfer: its thread's hash code, by which no thread is kept; 0: there was none
    private boolean hasWritten; // the last transfer was a write
    private boolean isShared; // two threads have used the streams within the last second
    private long lastSharedNanos; // when the user changed, as System.nanoTime()
    private int handedOver; // the number of transfers
    private long lastFreeNanos = System.nanoTime(); // when a transfer that was handed over has ended

    protected ChannelStreams(SelectableChannel channel) {
        this.channel = channel;
    }

    /**
     * Returns whether a stream may be the caller. A stream has a buffer with an array, and the lock. But a program that
     * calls the channel itself may have both, too.
     */
    public static boolean mayBeCaller(SelectableChannel channel, ByteBuffer buffer) {
        return JDK_HAS_TWO_LOCKS && buffer.hasArray() && buffer.hasRemaining() && channel.isBlocking()
            && Thread.holdsLock(channel.blockingLock());
    }

    /** Returns whether the channel was called by one of the two classes of streams. */
    public static boolean areCaller() {
        return StackWalker.getInstance().walk(frames -> frames
            .map(StackWalker.StackFrame::getClassName)
            .dropWhile(name -> name.startsWith("io.niovsock.internal."))
            .findFirst()
            .filter(STREAMS::contains)
            .isPresent());
    }

    /** Reads for a stream, or for a program that has the lock. */
    public final int read(ByteBuffer dst) throws IOException {
        boolean hasAsked = hasWritten; // the answer is hardly there yet
        noteUse(false);
        int n = hasAsked ? 0 : tryRead(dst);
        if (n == 0 && (isReadySoon(Constants.POLLIN) || hasAsked))
            n = tryRead(dst);
        if (n != 0)
            return n;
        return areCaller() ? new Handover(dst, this::awaitRead).start().result() : awaitRead(dst);
    }

    /** Writes for a stream, or for a program that has the lock: all bytes, unless the channel is closed meanwhile. */
    public final int write(ByteBuffer src) throws IOException {
        noteUse(true);
        return tryOrAwaitWrite(src);
    }

    private void noteUse(boolean writes) {
        int current = System.identityHashCode(Thread.currentThread()); // two threads seldom have the same
        if (user != current && user != 0) {
            isShared = true;
            lastSharedNanos = System.nanoTime();
        }
        user = current;
        hasWritten = writes;
    }

    /** Reads what is there now, without waiting; 0 if nothing is. */
    protected abstract int tryRead(ByteBuffer dst) throws IOException;

    /** Reads, and waits under the locks that the current thread has. */
    protected abstract int awaitRead(ByteBuffer dst) throws IOException;

    /** Writes. If that has to wait and {@link #areCaller} is true, a {@link Handover} does it. */
    protected abstract int tryOrAwaitWrite(ByteBuffer src) throws IOException;

    /** Waits for an event, if the current thread may wait under the lock, and as long as it may. */
    protected final boolean isReadySoon(int event) {
        long now = System.nanoTime();
        isShared &= now - lastSharedNanos < ALONE_NANOS;
        if (isShared || handedOver > 0 || BlockedThread.isCurrentVirtual()) // that would keep its carrier
            return false;
        long millis = HOLD_MILLIS - (now - lastFreeNanos) / 1_000_000;
        return millis > 0 && isReadyWithin((int) millis, event);
    }

    /**
     * Waits for an event. A close or an interrupt does not end this wait, which is short. If the number is another
     * file's by then, that does no harm: the transfer that follows finds the channel closed.
     */
    protected final boolean isReadyWithin(int millis, int event) {
        return NATIVES.poll(((SelChImpl) channel).getFDVal(), event, millis) > 0;
    }

    /** A transfer that waits. It does not have the {@code blockingLock()} if a helper does it. */
    protected interface Transfer {
        int transfer(ByteBuffer buffer) throws IOException;
    }

    /** A transfer by a helper. */
    protected final class Handover implements Runnable {
        private final Object lock = channel.blockingLock();
        private final ByteBuffer buffer;
        private final Transfer transfer;

        // -- guarded by this

        private Thread helper; // null: it does not transfer yet, or no more
        private boolean interrupted;

        // -- guarded by lock

        private boolean ended;
        private int result;
        private Throwable failure; // null: there is a result

        public Handover(ByteBuffer buffer, Transfer transfer) {
            this.buffer = buffer;
            this.transfer = transfer;
            if (!Thread.holdsLock(lock))
                throw new IllegalMonitorStateException();
        }

        /** Starts the transfer; {@link #result} must follow. */
        public Handover start() {
            HelperThreads.start(this);
            return this;
        }

        @Override
        public void run() {
            begin();
            int n = 0;
            Throwable thrown = null;
            try {
                n = transfer.transfer(buffer);
                if (n == 0)
                    throw new IllegalBlockingModeException(); // the mode has changed before the transfer began
            } catch (Throwable e) {
                thrown = e;
            }
            end();
            synchronized (lock) {
                result = n;
                failure = thrown;
                ended = true;
                lock.notifyAll();
            }
        }

        private synchronized void begin() {
            helper = Thread.currentThread();
            if (interrupted)
                helper.interrupt();
        }

        /** From now on no interrupt reaches the helper, which others use after this. */
        private synchronized void end() {
            helper = null;
            Thread.interrupted();
        }

        /** Interrupts the helper, which closes the channel and so ends the transfer. */
        private synchronized void interrupt() {
            interrupted = true;
            if (helper != null)
                helper.interrupt();
        }

        /** Gives the lock up until the transfer has ended. */
        public int result() throws IOException {
            boolean interruptedHere = false;
            handedOver++;
            while (!ended) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    interruptedHere = true;
                    interrupt();
                }
            }
            handedOver--;
            lastFreeNanos = System.nanoTime();
            if (interruptedHere)
                Thread.currentThread().interrupt();
            if (failure != null && failure.getClass() == ClosedChannelException.class)
                throw new AsynchronousCloseException(); // before the helper began
            if (failure != null)
                failure.fillInStackTrace(); // that of the program's thread tells more
            if (failure instanceof IOException e)
                throw e;
            if (failure instanceof RuntimeException e)
                throw e;
            if (failure instanceof Error e)
                throw e;
            if (failure != null)
                throw new AssertionError("a transfer declares no other exception", failure);
            return result;
        }
    }
}
