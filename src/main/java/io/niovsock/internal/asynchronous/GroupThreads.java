// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import java.nio.channels.ShutdownChannelGroupException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs tasks in the threads of a group. A thread that runs a task may run further ones directly, inside it, up to a
 * depth that keeps its stack small.
 */
final class GroupThreads {
    /** The property is the JDK's own, for the same purpose. */
    private static final int DEEPEST =
        Math.max(1, Integer.getInteger("sun.nio.ch.maxCompletionHandlersOnStack", 16));

    /**
     * The group whose tasks are on the stack of a thread, and their number; null for a thread that has run none. It
     * stays with the thread. A program's executor may outlive the group, but an array of numbers keeps no class loader
     * alive.
     */
    private static final ThreadLocal<long[]> RUNNING = new ThreadLocal<>();
    private static final int GROUP = 0;
    private static final int DEPTH = 1;

    private static final AtomicLong GROUPS = new AtomicLong();

    private final long id = GROUPS.incrementAndGet();
    private final Executor executor;

    /** @param executor runs each task in a thread of the group, and never in the calling thread */
    GroupThreads(Executor executor) {
        this.executor = executor;
    }

    /**
     * Runs a task, in the calling thread if that is a thread of the group and its stack is not deep.
     *
     * @throws ShutdownChannelGroupException if the group has terminated
     */
    void run(Runnable task) {
        long[] running = RUNNING.get();
        if (running != null && running[GROUP] == id && running[DEPTH] < DEEPEST)
            runNested(running, running[DEPTH] + 1, task);
        else
            runLater(task);
    }

    /**
     * Lets a thread of the group run a task. The calling thread does not run it, even if it is one of them.
     *
     * @throws ShutdownChannelGroupException if the group has terminated
     */
    void runLater(Runnable task) {
        try {
            executor.execute(() -> runHere(task));
        } catch (RejectedExecutionException e) {
            throw new ShutdownChannelGroupException();
        }
    }

    /** Like {@link #runLater}. If the group has terminated, no thread is left to run the task, and it is dropped. */
    void runLaterOrDrop(Runnable task) {
        try {
            runLater(task);
        } catch (ShutdownChannelGroupException terminated) {
            // the program has shut down the executor that it gave to the group
        }
    }

    /** Runs a task in the calling thread, which is one of the group. */
    void runHere(Runnable task) {
        long[] running = RUNNING.get();
        if (running == null) {
            running = new long[2];
            RUNNING.set(running);
        }
        runNested(running, 1, task);
    }

    /**
     * Runs a task inside those that are on the stack: of this group, or, with an executor of the program's, of another.
     * An interrupt is for the task. The next task in this thread is another one's.
     */
    private void runNested(long[] running, long depth, Runnable task) {
        long outerGroup = running[GROUP];
        long outerDepth = running[DEPTH];
        running[GROUP] = id;
        running[DEPTH] = depth;
        try {
            task.run();
        } finally {
            running[GROUP] = outerGroup;
            running[DEPTH] = outerDepth;
            Thread.interrupted();
        }
    }
}
