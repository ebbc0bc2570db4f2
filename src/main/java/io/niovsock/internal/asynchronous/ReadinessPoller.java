// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.jdk.PlatformProvider;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Iterator;

/**
 * The one thread of a group that waits in a selector, for the operations that {@link VsockMember} does not let the
 * threads of the group wait for. It calls no handler of the program. An operation is waited for once: when its channel
 * is ready, the key's interest in it ends.
 */
final class ReadinessPoller implements Runnable {
    /** The waiting operations of a channel. */
    interface Waiting {
        /** Goes on with the operations that are ready. */
        void ready(int ops);
    }

    private final Selector selector = PlatformProvider.get().openSelector();
    private final Thread thread = new Thread(null, this, "nio-vsock readiness", 0, false);
    private final Runnable onFailure;
    private volatile boolean ended;

    /** @param onFailure closes the channels that wait, if the selector fails */
    ReadinessPoller(Runnable onFailure) throws IOException {
        this.onFailure = onFailure;
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
    }

    /** Registers a channel, with an operation that is waited for. The caller excludes other registrations of it. */
    SelectionKey register(SelectableChannel channel, int op, Waiting waiting) throws ClosedChannelException {
        SelectionKey key = channel.register(selector, op, waiting);
        wakeUp();
        return key;
    }

    /** Waits for one operation more. */
    void await(SelectionKey key, int op) {
        key.interestOpsOr(op);
        wakeUp();
    }

    /** Makes the thread read again which keys there are. */
    void wakeUp() {
        if (Thread.currentThread() != thread)
            selector.wakeup();
    }

    /** Ends the thread, and closes the selector. */
    void end() {
        ended = true;
        selector.wakeup();
    }

    @Override
    public void run() {
        try (selector) {
            while (!ended) {
                Thread.interrupted(); // an interrupted thread would not wait
                selector.select();
                handOver();
            }
        } catch (IOException | RuntimeException | Error e) {
            onFailure.run();
            throw e instanceof Error error ? error : new AssertionError("the selector of a group has failed", e);
        }
    }

    private void handOver() {
        for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext();) {
            SelectionKey key = keys.next();
            keys.remove();
            try {
                int ready = key.readyOps();
                key.interestOpsAnd(~ready);
                ((Waiting) key.attachment()).ready(ready);
            } catch (CancelledKeyException closed) {
                // the closing thread ends the operations
            }
        }
    }
}
