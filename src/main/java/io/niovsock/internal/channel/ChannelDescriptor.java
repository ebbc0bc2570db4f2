// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.jdk.Parking;
import io.niovsock.internal.monitor.CloseEvent;
import io.niovsock.internal.monitor.Counters;
import io.niovsock.internal.monitor.Recorder;
import io.niovsock.internal.monitor.SocketHistory;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.ref.Cleaner;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The descriptor of a vsock channel from its opening to its end, and what all operations on it share: locks, mode,
 * waiting and closing. The number is given back to the kernel only when no thread can still be in a system call on it
 * and no selector knows it. Until then a closed channel's number stands for a marker descriptor, on which nothing
 * blocks.
 *
 * <p> An instance is also the lock of its channel's state. No operation that blocks runs under it.
 */
final class ChannelDescriptor {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    static final long NO_DEADLINE = 0;

    // Lock order: readLock, writeLock, the lock of a PendingConnect, this. Nothing blocks under the last two. A thread
    // that connects, or changes the mode or the peer, holds the first two. One that accepts holds readLock.
    final ReentrantLock readLock = new ReentrantLock();
    final WriteLock writeLock = new WriteLock();

    private final AbstractSelectableChannel channel;
    private final AbstractSelectableChannel selected; // the channel that the program has, and that selectors know
    private final int fd;
    private final byte type; // such as SOCK_STREAM
    private final Closeable owner; // closes the number; null: close(2) does
    private final Transport opener; // of the channel's first socket; it hears of the close
    private Parking parking; // null: no thread has waited yet; two that wait at first may each make one
    private volatile boolean interruptsIgnored;
    private long bytesRead; // changes under readLock; the closing thread reads it
    private long bytesWritten; // changes under writeLock; the closing thread reads it

    // -- guarded by this

    private static final byte ST_OPEN = 0;
    private static final byte ST_CLOSING = 1;
    private static final byte ST_CLOSED = 2;
    private volatile byte state = ST_OPEN; // only grows
    private volatile boolean wakeInProgress; // by the thread that holds the lock

    private volatile boolean blocking = true; // the program's choice; changed under readLock and writeLock, too
    private boolean descriptorBlocking;
    private volatile boolean forcedNonBlocking; // by a virtual thread, for good
    private volatile Transport transport; // of the socket that the number stands for

    private FileDescriptor sendfileDescriptor; // null until the JDK asks for it
    private SocketHistory history; // null: there was no recording when the socket was connected or bound
    private static final byte BROKEN = 1; // an error has ended the connection
    private static final byte RESET = 2; // the connection was reset, which the kernel may tell only once
    private byte ending; // of these bits: a field for each would take 8 bytes more of every channel

    // -- end of what is guarded by this

    /*
     * Threads enter and exit without this lock, which readers and writers would otherwise take from each other all the
     * time. That is Dekker's pattern, on volatile fields. A thread sets `reader`, then reads whether the channel is
     * open (on entry); or it clears `reader`, then reads `state` and `wakeInProgress` (on exit). A closing thread
     * closes the channel and sets `state`, a waking thread sets `wakeInProgress`, and then reads `reader`. At least
     * one side sees the other: a thread that was seen does not leave before this lock is free, and one that was not
     * seen finds the channel closed by itself. With `writer` it is the same.
     */
    private volatile Object reader; // what BlockedThread tells of one that reads, connects or accepts; null: none
    private volatile Object writer;

    ChannelDescriptor(AbstractSelectableChannel channel, Origin origin) {
        this.channel = channel;
        this.selected = origin.selectedOrNull() == null ? channel : origin.selectedOrNull();
        this.opener = origin.transport();
        this.transport = opener;
        this.type = (byte) origin.type();
        this.fd = origin.fd();
        this.owner = origin.isToBeCleaned() ? cleanerOf(channel, fd) : origin.ownerOrNull();
        this.descriptorBlocking = origin.blocking();
    }

    /** Closes the number once: when it is told to, or when the channel is unreachable. */
    private static Closeable cleanerOf(AbstractSelectableChannel channel, int fd) {
        return Cleaning.CLEANER.register(channel, () -> NATIVES.close(fd))::clean;
    }

    /** A cleaner has a thread, which a program without datagrams does not need. */
    private static final class Cleaning {
        static final Cleaner CLEANER = Cleaner.create();
    }

    int fd() {
        return fd;
    }

    /** The type of the socket, such as {@link Constants#SOCK_STREAM}. */
    int type() {
        return type;
    }

    /** A socket of records keeps their bounds: a write is a record, and a read takes one. */
    boolean hasRecords() {
        return type == Constants.SOCK_SEQPACKET;
    }

    /** Whether this process was started with the socket. */
    boolean isInherited() {
        return owner instanceof InheritedSocket;
    }

    Transport transport() {
        return transport;
    }

    /**
     * What sendfile(2) may write to; null where the JDK does better by writing from a mapping. It would make a record
     * of each page, would find that a socket of datagrams is not connected, and is slow for streams on some kernels.
     * The JDK does not say how much it has sent, so it writes from a mapping also while bytes are counted.
     * The JDK's thread does not announce itself here, so a close cannot wake it: the close ends its call instead.
     */
    FileDescriptor sendfileDescriptor() {
        if (type != Constants.SOCK_STREAM || !transport().isSendfileFast() || Counters.areBytesWanted())
            return null;
        synchronized (this) {
            if (sendfileDescriptor == null && channel.isOpen()) {
                sendfileDescriptor = new FileDescriptor();
                NATIVES.setDescriptor(sendfileDescriptor, fd);
            }
            return channel.isOpen() ? sendfileDescriptor : null;
        }
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    void ensureOpen() throws ClosedChannelException {
        if (!channel.isOpen())
            throw new ClosedChannelException();
    }

    // -- mode

    /** Takes both locks: no transfer is under way until {@link #unlockBoth}. */
    void lockBoth() {
        readLock.lock();
        boolean completed = false;
        try {
            writeLock.lock();
            completed = true;
        } finally {
            if (!completed)
                readLock.unlock();
        }
    }

    void unlockBoth() {
        writeLock.unlock();
        readLock.unlock();
    }

    /**
     * The mode of the channel. {@link AbstractSelectableChannel#isBlocking} returns a change only a moment after the
     * locks of the change are free again. With this one, an operation under one of these locks and a close agree on
     * whether threads announce themselves.
     */
    boolean isBlocking() {
        return blocking;
    }

    /** For what is possible in blocking mode only. */
    void ensureBlocking() {
        if (!blocking)
            throw new IllegalBlockingModeException();
    }

    void changeMode(boolean blocking) throws IOException {
        lockBoth();
        try {
            synchronized (this) {
                configureBlocking(blocking);
                this.blocking = blocking;
            }
        } finally {
            unlockBoth();
        }
    }

    /** Sets the mode of the descriptor; nothing happens where a virtual thread has made it non-blocking for good. */
    synchronized void configureBlocking(boolean blocking) throws IOException {
        ensureOpen();
        if (!forcedNonBlocking)
            setDescriptorBlocking(blocking);
    }

    /** A virtual thread never blocks in a system call: it polls, parked. */
    void configureForCurrentThread() throws IOException {
        if (!forcedNonBlocking && BlockedThread.isCurrentVirtual()) {
            synchronized (this) {
                ensureOpen();
                setDescriptorBlocking(false);
                forcedNonBlocking = true;
            }
        }
    }

    /** Makes system calls wait as an operation with this deadline needs it; {@link #restoreAfter} must follow. */
    void configureFor(long deadline) throws IOException {
        if (deadline != NO_DEADLINE)
            configureBlocking(false); // another thread or process may take what a poll has found
        else
            configureForCurrentThread();
    }

    /** Restores blocking mode after an operation with a deadline, which may have ended because of a close. */
    void restoreAfter(long deadline) {
        if (deadline != NO_DEADLINE)
            tryRestoreBlocking();
    }

    /**
     * Does not fail, since what the operation has received would be lost. A descriptor that stays non-blocking costs a
     * poll: operations wait as those of virtual threads do.
     */
    synchronized void tryRestoreBlocking() {
        if (channel.isOpen() && !forcedNonBlocking)
            trySetDescriptorBlocking(true);
    }

    private void setDescriptorBlocking(boolean blocking) throws IOException {
        int result = trySetDescriptorBlocking(blocking);
        if (result < 0)
            throw Errno.failed(-result, "configure blocking mode");
    }

    /** Returns 0, or {@code -errno}, and the mode is as before. */
    private int trySetDescriptorBlocking(boolean blocking) {
        assert Thread.holdsLock(this);
        if (descriptorBlocking == blocking)
            return 0;
        int result = NATIVES.configureBlocking(fd, blocking);
        if (result >= 0)
            descriptorBlocking = blocking;
        return result;
    }

    // -- another socket behind the number

    /**
     * Re-points the number of the open channel at another file, in non-blocking mode: a socket, or a group of sockets.
     * {@link #renewRegistrations} must follow.
     */
    void become(int socket, Transport its) throws IOException {
        assert Thread.holdsLock(this);
        ensureOpen();
        int result = NATIVES.duplicateOnto(socket, fd);
        if (result < 0)
            throw Errno.failed(-result, "become a socket of the " + its + " transport");
        descriptorBlocking = false;
        transport = its;
    }

    /** Makes selectors that know the channel ask for its events again. */
    void renewRegistrations() {
        if (selected.isRegistered())
            NATIVES.reregister(selected);
    }

    // -- operations: enter, attempt, while that is to be retried: wait, attempt; exit

    /** From now on an interrupt closes the channel only if a virtual thread waits, as {@code java.net} has it. */
    void ignoreInterrupts() {
        interruptsIgnored = true;
    }

    boolean ignoresInterrupts() {
        return interruptsIgnored;
    }

    /** Whether an interrupt of the current thread, in an operation that is about to begin, closes the channel. */
    boolean isInterruptible() {
        return blocking && !interruptsIgnored;
    }

    /** The current thread is about to wait: an interrupt closes the channel from now on, if the thread is virtual. */
    void beginWait() {
        if (interruptsIgnored && BlockedThread.isCurrentVirtual())
            vsockChannel().beginInterruptible();
    }

    /**
     * Whether threads announce themselves, so that a close can wake them. In non-blocking mode no operation lasts, and
     * a close waits for the locks instead. But records are sent by a system call that may block in this mode, too.
     */
    private boolean isAnnounced() {
        return blocking || hasRecords();
    }

    /**
     * Announces the current thread as the one that may block in a read, accept or connect, and checks that the channel
     * is open. The mode cannot change, by the lock that the operation holds, until {@link #exitRead}, which must follow
     * in any case.
     */
    void enterRead() throws ClosedChannelException {
        assert readLock.isLocked();
        if (!isAnnounced())
            return;
        reader = BlockedThread.current();
        ensureOpen();
    }

    /** As {@link #enterRead}, for a write; {@link #exitWrite} must follow. */
    void enterWrite() throws ClosedChannelException {
        assert writeLock.isLocked();
        if (!isAnnounced())
            return;
        writer = BlockedThread.current();
        ensureOpen();
    }

    /** The current thread has left its system call; the last one to leave a closed channel ends it. */
    void exitRead() {
        if (!isAnnounced())
            return;
        reader = null;
        exit();
    }

    void exitWrite() {
        if (!isAnnounced())
            return;
        writer = null;
        exit();
    }

    private void exit() {
        if (wakeInProgress || state == ST_CLOSING)
            awaitWake();
    }

    /**
     * The waking thread holds the lock. Taking it waits for that thread; then this one finishes a close that was left
     * to it.
     */
    private synchronized void awaitWake() {
        tryFinishClose();
    }

    /** Makes the reader, if one is there, look at the channel's state again, which has been changed before. */
    void wakeReader() {
        assert Thread.holdsLock(this);
        wakeInProgress = true;
        wake(reader);
        wakeInProgress = false;
    }

    void wakeWriter() {
        assert Thread.holdsLock(this);
        wakeInProgress = true;
        wake(writer);
        wakeInProgress = false;
    }

    private static void wake(Object threadOrNull) {
        if (threadOrNull != null)
            BlockedThread.wake(threadOrNull);
    }

    static boolean isRetryable(long result) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
    }

    /** The end of an operation with the given limit that begins now, for {@link #awaitRetry}. */
    static long deadlineAfter(long timeoutNanos) {
        return timeoutNanos > 0 ? System.nanoTime() + timeoutNanos | 1 : NO_DEADLINE; // odd, so that it is not that
    }

    /**
     * Takes {@link #readLock} for an operation with the given limit, which includes the wait for other threads: of
     * several that read or accept at the same time, each ends when its own limit is over.
     *
     * @return the deadline of the operation, for {@link #awaitRetry}
     * @throws SocketTimeoutException if it is over before the lock is free
     */
    long lockRead(long timeoutNanos, String timedOut) throws SocketTimeoutException {
        long deadline = deadlineAfter(timeoutNanos);
        if (deadline == NO_DEADLINE) {
            readLock.lock();
            return NO_DEADLINE;
        }
        if (!readLock.tryLock() && !tryReadLockUntil(deadline))
            throw new SocketTimeoutException(timedOut);
        return deadline;
    }

    /** An interrupt does not end the wait. The thread stays interrupted, and the operation acts on that. */
    private boolean tryReadLockUntil(long deadline) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return readLock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted)
                Thread.currentThread().interrupt();
        }
    }

    /** As {@link #awaitRetry(boolean, long, int, long, String)}, without a limit. */
    boolean awaitRetry(boolean waits, long result, int event) throws IOException {
        return awaitRetry(waits, result, event, NO_DEADLINE, null);
    }

    /**
     * Waits until a system call is to be made once more: at once where a signal ended it, after the event where it
     * would have blocked.
     *
     * @param waits whether the operation waits
     * @param result what the last call has returned
     * @return false if the operation ends with this result, or because the channel is closed
     * @throws SocketTimeoutException if the deadline is over
     */
    boolean awaitRetry(boolean waits, long result, int event, long deadline, String timedOut) throws IOException {
        return awaitRetry(waits, result, nanos -> park(event, nanos), deadline, timedOut);
    }

    /** Waits for at most the given time; 0 is without limit. It may end at any time before. */
    interface Wait {
        void await(long nanos) throws IOException;
    }

    /** As before, with another way to wait. */
    boolean awaitRetry(boolean waits, long result, Wait wait, long deadline, String timedOut) throws IOException {
        if (!waits || !isRetryable(result) || !channel.isOpen())
            return false;
        long left = deadline == NO_DEADLINE ? 0 : deadline - System.nanoTime();
        if (deadline != NO_DEADLINE && left <= 0)
            throw new SocketTimeoutException(timedOut);
        if (result == -Errno.EAGAIN) {
            beginWait();
            wait.await(left);
        }
        return true;
    }

    /** Waits for the event, or until the thread is woken, or for the given time; 0 is without limit. */
    void park(int event, long nanos) throws IOException {
        Parking here = parking;
        if (here == null) {
            if (!channel.isOpen())
                return;
            here = new Parking(channel, fd);
            parking = here;
        }
        here.park(event, nanos);
    }

    /** As before, for a connect: most connections wait for it only, so what the thread parks on is not kept. */
    void parkOnce(int event, long nanos) throws IOException {
        new Parking(channel, fd).park(event, nanos);
    }

    /** Whether an end of the connection that looks orderly is a reset, or one has been seen before. */
    synchronized boolean isReset() {
        if ((ending & RESET) == 0 && channel.isOpen() && transport.isReset(fd, hasRecords()))
            noteReset(); // an open channel's number is its own
        return (ending & RESET) != 0;
    }

    /** A transfer has failed, because the connection was reset. */
    synchronized void noteReset() {
        ending |= RESET;
    }

    /** The error that waits in the socket ({@code SO_ERROR}), or a reset that was seen before; 0 if there is none. */
    synchronized int takeError() {
        if ((ending & RESET) != 0)
            return Errno.ECONNRESET;
        int error = channel.isOpen() ? transport.takeError(fd) : 0;
        if (error == Errno.ECONNRESET)
            noteReset();
        return error;
    }

    // -- what is counted and recorded

    private VsockChannel vsockChannel() {
        return (VsockChannel) channel;
    }

    /** The channel is complete. */
    void countOpened() {
        Counters.opened(vsockChannel().kind());
        transport.opened(selected, fd);
    }

    /** Bytes were received, under readLock, by the thread that is about to exit. */
    void countRead(long bytes) {
        bytesRead += bytes;
    }

    /** Bytes were sent, under writeLock, by the thread that is about to exit. */
    void countWritten(long bytes) {
        bytesWritten += bytes;
    }

    /** The socket was accepted or bound. */
    void noteBeginning() {
        if (Recorder.isOn())
            note(new SocketHistory());
    }

    /** A connect begins. */
    void noteConnect() {
        if (Recorder.isOn())
            note(SocketHistory.ofConnect());
    }

    private synchronized void note(SocketHistory begun) {
        history = begun;
    }

    synchronized SocketHistory historyOrNull() {
        return history;
    }

    /** Notes that an error has ended the connection, and returns false if that is known already. */
    synchronized boolean tryBreak() {
        boolean isNew = (ending & BROKEN) == 0 && channel.isOpen();
        ending |= BROKEN;
        return isNew;
    }

    /** The socket is closed. Sockets that were not in use, such as one whose connect has failed, are only counted. */
    private void countClosed() {
        VsockChannel its = vsockChannel();
        Counters.closed(its.kind(), bytesRead, bytesWritten);
        if (!Recorder.isOn())
            return;
        VsockSocketAddress local = its.localEndpoint();
        VsockSocketAddress peer = its.peerEndpoint();
        if ((its.kind().isConnection() ? peer : local) != null)
            CloseEvent.tell(its.kind(), local, peer, historyOrNull(), bytesRead, bytesWritten);
    }

    // -- close: the channel is not open any more

    /**
     * Closes the socket. Threads that have announced themselves are woken; others end by themselves, at once, and the
     * closing thread waits for their locks.
     */
    void close() {
        end();
        countClosed();
    }

    private void end() {
        synchronized (this) {
            beginClose();
            if (isAnnounced()) {
                finishCloseOrKill();
                return;
            }
        }
        awaitTransfers();
        synchronized (this) {
            finishCloseOrKill();
        }
    }

    /** No selector knows the channel any more. */
    void kill() {
        awaitTransfers();
        synchronized (this) {
            tryFinishClose();
        }
    }

    private void awaitTransfers() {
        readLock.lock();
        readLock.unlock();
        writeLock.lock();
        writeLock.unlock();
    }

    /** From now on the descriptor only waits for its end. */
    private void beginClose() {
        assert Thread.holdsLock(this) && state == ST_OPEN && !channel.isOpen();
        state = ST_CLOSING;
        opener.closing(selected);
        if (owner instanceof InheritedSocket inherited) {
            inherited.detachStandardStreams(); // other processes may hold the same socket: it is not ended
        } else if (type != Constants.SOCK_DGRAM) {
            transport().end(fd, channel.isRegistered());
            if (sendfileDescriptor != null && descriptorBlocking)
                NATIVES.shutdown(fd, Constants.SHUT_RDWR); // a thread may wait in it
        }
    }

    /** Ends a closing descriptor, if no thread and no selector still holds on to it. */
    private boolean tryFinishClose() {
        assert Thread.holdsLock(this);
        if (state != ST_CLOSING || reader != null || writer != null || channel.isRegistered())
            return false;
        state = ST_CLOSED;
        release();
        return true;
    }

    /** close(2) gives the number back even if it reports an error, and there is nothing else to be done about one. */
    private void release() {
        if (sendfileDescriptor != null)
            NATIVES.setDescriptor(sendfileDescriptor, -1); // first: once closed, the number may be another file's
        try {
            if (owner == null)
                NATIVES.close(fd);
            else
                owner.close();
        } catch (IOException reportedByClose) {
            assert !channel.isOpen();
        } finally {
            if (parking != null)
                parking.end();
        }
    }

    /**
     * Ends a closing descriptor. If a thread or a selector still holds on to its number, this ends what the number
     * stands for: the socket is closed, no thread can block anew, and those that are blocked are woken.
     */
    private void finishCloseOrKill() {
        assert Thread.holdsLock(this);
        if (state != ST_CLOSING || tryFinishClose())
            return;
        // A shared marker would stay behind in the poller of a virtual thread. That thread is in no system call.
        boolean mayShare = !BlockedThread.isVirtual(reader) && !BlockedThread.isVirtual(writer);
        if (NATIVES.hangUp(fd, mayShare) < 0)
            NATIVES.shutdown(fd, Constants.SHUT_RDWR); // no marker is to be had: so that at least a stream's calls end
        wakeReader();
        wakeWriter();
    }
}
