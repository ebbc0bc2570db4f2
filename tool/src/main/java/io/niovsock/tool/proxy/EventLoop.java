// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.VsockSelectorProvider;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A thread with a selector. Its connections belong to it: only this thread touches them. Other threads hand tasks to
 * it.
 */
final class EventLoop implements Runnable {
    /** What is ready is told to this, the attachment of the key. */
    interface Handler {
        void ready(SelectionKey key) throws IOException;

        /** An error that the handler did not expect ends what it stands for, and nothing else. */
        void failed(Throwable cause);
    }

    /** A task for a time. */
    static final class Timer implements Comparable<Timer> {
        private final long nanos;
        private final Runnable task;
        private boolean cancelled;

        private Timer(long nanos, Runnable task) {
            this.nanos = nanos;
            this.task = task;
        }

        void cancel() {
            cancelled = true;
        }

        @Override
        public int compareTo(Timer other) {
            return Long.signum(nanos - other.nanos);
        }
    }

    private final Log log;
    private final Selector selector;
    private final Buffers buffers;
    private final Pipes pipes;
    private final Set<Link> links = new HashSet<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean wokenUp = new AtomicBoolean();
    private final Thread thread;
    private boolean stopping;
    private boolean ended;

    EventLoop(int number, Settings settings, Log log) throws IOException {
        this.log = log;
        selector = VsockSelectorProvider.instance().openSelector();
        buffers = new Buffers(settings.bufferSize(), settings.bufferMemory() / settings.threads());
        pipes = new Pipes(settings.maxPipes() / settings.threads());
        thread = new Thread(this, "proxy-" + number);
    }

    void start() {
        thread.start();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    Buffers buffers() {
        return buffers;
    }

    Pipes pipes() {
        return pipes;
    }

    /** Has the thread of the loop run a task soon. */
    void execute(Runnable task) {
        tasks.add(task);
        if (Thread.currentThread() != thread && wokenUp.compareAndSet(false, true))
            selector.wakeup();
    }

    /** Only for the thread of the loop, as all methods from here on. */
    Timer after(Duration delay, Runnable task) {
        Timer timer = new Timer(System.nanoTime() + delay.toNanos(), task);
        timers.add(timer);
        return timer;
    }

    SelectionKey register(SelectableChannel channel, int operations, Handler handler) throws IOException {
        return channel.register(selector, operations, handler);
    }

    void add(Link link) {
        links.add(link);
    }

    void remove(Link link) {
        links.remove(link);
        if (stopping && links.isEmpty())
            ended = true;
    }

    /** Ends the loop as soon as it has no connection, at the latest after the given time. */
    void stop(Duration drain) {
        stopping = true;
        if (links.isEmpty())
            ended = true;
        else
            after(drain, this::endLinks);
    }

    /** Ends all connections, in order if no bytes of theirs are kept here. */
    void endLinks() {
        for (Link link : Set.copyOf(links))
            link.endForStop();
        ended = true;
    }

    @Override
    public void run() {
        try {
            while (!ended)
                runOnce();
            selector.close();
            pipes.close();
        } catch (IOException | RuntimeException | Error e) {
            log.fatal(e);
        }
    }

    private void runOnce() throws IOException {
        select();
        wokenUp.set(false);
        for (Runnable task; (task = tasks.poll()) != null;)
            task.run();
        runTimers();
    }

    private void select() throws IOException {
        if (!tasks.isEmpty()) {
            selector.selectNow(this::dispatch);
            return;
        }
        Timer next = nextTimerOrNull();
        if (next == null) {
            selector.select(this::dispatch);
            return;
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(next.nanos - System.nanoTime() + 999_999);
        if (millis <= 0)
            selector.selectNow(this::dispatch);
        else
            selector.select(this::dispatch, millis);
    }

    private void dispatch(SelectionKey key) {
        Handler handler = (Handler) key.attachment();
        try {
            if (key.isValid())
                handler.ready(key);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            handler.failed(e);
        }
    }

    private Timer nextTimerOrNull() {
        while (!timers.isEmpty() && timers.peek().cancelled)
            timers.poll();
        return timers.peek();
    }

    private void runTimers() {
        for (Timer next; (next = nextTimerOrNull()) != null && next.nanos - System.nanoTime() <= 0;) {
            timers.poll();
            next.task.run();
        }
    }
}
