// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.spi.AbstractSelectableChannel;

/**
 * The descriptor of a channel from its opening to its end. The number is given back to the kernel only when no thread can
 * still be in a system call on it and no selector knows it: until then it stands for a marker descriptor, on which
 * nothing blocks. An instance is also the lock of its channel's state; no operation that blocks runs under it.
 */
final class ChannelDescriptor {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private final AbstractSelectableChannel channel;
    private final FileDescriptor descriptor;
    private final int fd;
    private final Closeable owner; // the channel that the number belongs to, and that must close it; null: this one
    private final InheritedSocket inherited; // null: the socket was made, or accepted, in this process

    // -- guarded by this

    private static final int ST_OPEN = 0;
    private static final int ST_CLOSING = 1;
    private static final int ST_CLOSED = 2;
    private volatile int state = ST_OPEN; // only grows
    private volatile boolean waking; // somebody may be about to wake a thread that it has seen here

    private volatile boolean blocking = true; // the program's choice; changed under every lock of the channel
    private boolean descriptorBlocking;
    private volatile boolean forcedNonBlocking; // by a virtual thread, for good

    // -- end of what is guarded by this

    /*
     * Threads come and go without the lock, which readers and writers would else take from each other all the time. Each
     * writes `present` and then looks at what the others write: who enters, whether the channel is open; who exits, whether
     * it closes or somebody wakes. The others write that first, and then look who is present. So one of two always sees the
     * other: a thread that was seen does not leave before the lock is free, and one that was not seen finds out by itself.
     */
    private final BlockedThread reader = new BlockedThread(); // also one that connects or accepts
    private final BlockedThread writer = new BlockedThread();

    /** @param blocking the mode that the descriptor is in */
    ChannelDescriptor(AbstractSelectableChannel channel, int fd, boolean blocking) {
        this(channel, fd, null, null, blocking);
    }

    ChannelDescriptor(AbstractSelectableChannel channel, int fd, Closeable owner, boolean blocking) {
        this(channel, fd, owner, null, blocking);
    }

    ChannelDescriptor(AbstractSelectableChannel channel, InheritedSocket inherited) {
        this(channel, inherited.fd(), null, inherited, true);
    }

    private ChannelDescriptor(AbstractSelectableChannel channel, int fd, Closeable owner, InheritedSocket inherited, boolean blocking) {
        this.channel = channel;
        this.descriptor = new FileDescriptor();
        this.fd = fd;
        this.owner = owner;
        this.inherited = inherited;
        this.descriptorBlocking = blocking;
        NATIVES.setDescriptor(descriptor, fd);
    }

    /** What selectors and {@code sendfile} read the number from. */
    FileDescriptor descriptor() {
        return descriptor;
    }

    int fd() {
        return fd;
    }

    BlockedThread reader() {
        return reader;
    }

    BlockedThread writer() {
        return writer;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    void ensureOpen() throws ClosedChannelException {
        if (!channel.isOpen())
            throw new ClosedChannelException();
    }

    /**
     * Records the current thread as the one that may block, where the channel is open. {@link #exit} must follow in any case.
     */
    void enter(BlockedThread role) throws ClosedChannelException {
        role.enter();
        ensureOpen();
    }

    /** The current thread has left its system call; the last one to leave a closed channel ends it. */
    void exit(BlockedThread role) {
        role.exit();
        if (waking || state == ST_CLOSING)
            awaitWaking();
        role.forget();
    }

    /** Who wakes has the lock; once it is free, what a close had to leave to this thread can be done. */
    private synchronized void awaitWaking() {
        tryFinishClose();
    }

    /** Makes the thread, if one is there, look at the channel's state again, which has been changed before. */
    void wake(BlockedThread role) {
        assert Thread.holdsLock(this);
        waking = true;
        role.wake();
        waking = false;
    }

    /**
     * The mode of the channel, as {@link AbstractSelectableChannel#isBlocking} tells it only a moment after the locks of a
     * change are free again: by this, an operation under a lock and a close agree on whether threads announce themselves.
     */
    boolean isBlocking() {
        return blocking;
    }

    /** Changes the mode of the channel, whose locks the caller holds. */
    synchronized void changeMode(boolean blocking) throws IOException {
        configureBlocking(blocking);
        this.blocking = blocking;
    }

    /** Sets the mode of the descriptor; nothing happens where a virtual thread has made it non-blocking for good. */
    synchronized void configureBlocking(boolean blocking) throws IOException {
        ensureOpen();
        if (!forcedNonBlocking)
            setDescriptorBlocking(blocking);
    }

    /** Restores blocking mode after a timed operation, which may have ended because of a close. */
    synchronized void tryRestoreBlocking() throws IOException {
        if (channel.isOpen() && !forcedNonBlocking)
            setDescriptorBlocking(true);
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

    private void setDescriptorBlocking(boolean blocking) throws IOException {
        if (descriptorBlocking == blocking)
            return;
        int result = NATIVES.configureBlocking(fd, blocking);
        if (result < 0)
            throw Errno.failed(-result, "configure blocking mode");
        descriptorBlocking = blocking;
    }

    /** Whether other processes may hold the same socket. */
    boolean isInherited() {
        return inherited != null;
    }

    /** The channel is closed: from now on the descriptor only waits for its end. */
    void beginClose() {
        assert Thread.holdsLock(this) && state == ST_OPEN;
        state = ST_CLOSING;
        if (inherited != null)
            inherited.detachStandardStreams();
    }

    /** Ends a closing descriptor, if nothing holds on to it. */
    boolean tryFinishClose() {
        assert Thread.holdsLock(this);
        if (state != ST_CLOSING || reader.isPresent() || writer.isPresent() || channel.isRegistered())
            return false;
        state = ST_CLOSED;
        release();
        return true;
    }

    /** close(2) gives the number back even if it reports an error, and there is nothing else to be done about one. */
    private void release() {
        try {
            if (owner == null)
                NATIVES.close(fd);
            else
                owner.close();
        } catch (IOException reportedByClose) {
            assert !channel.isOpen();
        } finally {
            NATIVES.setDescriptor(descriptor, -1);
        }
    }

    /**
     * Ends a closing descriptor, or, where a thread or a selector still holds on to its number, what it stood for: the
     * socket is closed, nobody can block anew, and who is blocked is woken.
     */
    void finishCloseOrKill() {
        assert Thread.holdsLock(this);
        if (state != ST_CLOSING || tryFinishClose())
            return;
        // a shared marker would stay behind in the poller of a virtual thread, which blocks in no system call and needs none
        boolean mayShare = !reader.isVirtualThreadPresent() && !writer.isVirtualThreadPresent();
        if (NATIVES.hangUp(fd, mayShare) < 0)
            NATIVES.shutdown(fd, Constants.SHUT_RDWR); // no marker is to be had: so that at least a stream's calls end
        wake(reader);
        wake(writer);
    }
}
