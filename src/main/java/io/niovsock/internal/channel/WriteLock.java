// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.jdk.ChannelStreams;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock of writes. A write may end in another thread than it has begun in: a stream leaves the rest of its bytes to
 * a helper, see {@link ChannelStreams}. Until the helper has written them, no other write begins.
 */
final class WriteLock extends ReentrantLock {
    private static final long serialVersionUID = 1;

    private transient Condition restWritten; // guarded by this lock; null: no write has a rest

    /**
     * Guarded by the {@code blockingLock()} of the program's channel; null: no stream was used. It is here because it
     * fits in the padding of this object.
     */
    transient ChannelStreams streams;

    @Override
    public void lock() {
        super.lock();
        try {
            for (Condition written = restWritten; written != null; written = restWritten)
                written.awaitUninterruptibly();
        } catch (Throwable e) {
            unlock();
            throw e;
        }
    }

    @Override
    public boolean tryLock() {
        if (!super.tryLock())
            return false;
        if (restWritten == null)
            return true;
        unlock();
        return false;
    }

    /** The write under way leaves a rest: {@link #lockForRest} and {@link #endRest} must follow in any case. */
    void beginRest() {
        assert isHeldByCurrentThread() && restWritten == null;
        restWritten = newCondition();
    }

    void lockForRest() {
        super.lock();
        assert restWritten != null;
    }

    /** The rest is written, or will never be. */
    void endRest() {
        assert isHeldByCurrentThread();
        restWritten.signalAll();
        restWritten = null;
    }
}
