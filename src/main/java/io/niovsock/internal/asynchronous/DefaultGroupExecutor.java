// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import io.niovsock.internal.jdk.GroupPort;

import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of the platform's default group, which no method of the API returns. But the contract of a channel says
 * that a thread of its group calls the handler of an operation. An operation on a closed channel fails at once. So this
 * class has a closed channel of the platform's in that group, and each task is the handler of a read that fails. Once
 * the group's port is known, it runs the tasks: the failure of a read costs some microseconds.
 */
final class DefaultGroupExecutor implements Executor {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final AsynchronousSocketChannel closed;
    private volatile GroupPort port; // null: not asked for yet, or this JDK has no port

    DefaultGroupExecutor(AsynchronousSocketChannel closed) {
        this.closed = closed;
    }

    /** The port of the group; null if this JDK has no port. The native library must be loaded. */
    GroupPort portOrNull() {
        GroupPort known = port;
        if (known == null)
            port = known = GroupPort.ofOrNull(MethodHandles.lookup(), closed);
        return known;
    }

    @Override
    public void execute(Runnable task) {
        GroupPort known = port;
        if (known != null) {
            known.execute(task);
            return;
        }
        Handler handler = new Handler(task);
        read(handler);
        handler.caller = null;
    }

    private void read(CompletionHandler<Integer, Void> handler) {
        closed.read(EMPTY, 0, TimeUnit.MILLISECONDS, null, handler);
    }

    /** If the calling thread is one of the group's, the platform may call the handler in it before the read returns. */
    private final class Handler implements CompletionHandler<Integer, Void> {
        private final Runnable task;
        private volatile Thread caller = Thread.currentThread(); // null: the read has returned

        Handler(Runnable task) {
            this.task = task;
        }

        @Override
        public void completed(Integer never, Void none) {
            throw new AssertionError("a read of a closed channel has succeeded");
        }

        @Override
        public void failed(Throwable closed, Void none) {
            if (caller == Thread.currentThread())
                Timer.execute(() -> read(new Handler(task))); // the thread of the timer is in no group
            else
                task.run();
        }
    }
}
