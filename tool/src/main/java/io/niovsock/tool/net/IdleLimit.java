// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.net;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes a channel under the thread that waits for it, once nothing has moved for a time. The thread then gets an
 * {@code AsynchronousCloseException}, and asks whether this was the reason.
 */
public final class IdleLimit implements Closeable {
    private final Channel channel;
    private final long nanos;
    private final Thread thread; // null: no limit
    private volatile long last = System.nanoTime();
    private volatile boolean over;
    private volatile boolean closed;

    /**
     * Starts the watch.
     *
     * @param channel the channel
     * @param limit the time; zero is no limit
     */
    public IdleLimit(Channel channel, Duration limit) {
        this.channel = channel;
        nanos = limit.toNanos();
        thread = nanos == 0 ? null : new Thread(this::watch, "idle-limit");
        if (thread != null) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void watch() {
        while (!closed) {
            long left = nanos - (System.nanoTime() - last);
            if (left <= 0) {
                end();
                return;
            }
            LockSupport.parkNanos(left);
        }
    }

    private void end() {
        over = true;
        try {
            channel.close();
        } catch (IOException e) {
            // the waiting thread sees a closed channel nevertheless
        }
    }

    /** Something has moved. */
    public void moved() {
        if (thread != null)
            last = System.nanoTime();
    }

    /** Whether the limit has ended the channel. */
    public boolean isOver() {
        return over;
    }

    /** Ends the watch; the channel stays as it is. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
