// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/** A call in another thread. Closing this ends the call: no thread outlives its test. */
public final class Background<T> implements AutoCloseable {
    private static final Set<String> WAITING_CLASSES = Set.of("sun.nio.ch.Poller",
        "io.niovsock.internal.jdk.ChannelStreams$Handover");

    private final CompletableFuture<T> outcome = new CompletableFuture<>();
    private final Thread thread;
    private volatile Path task; // of /proc, for a platform thread
    private volatile boolean interruptedAtEnd;

    private Background(ThreadKind kind, Callable<T> call) {
        thread = kind.start(() -> run(kind, call));
    }

    public static <T> Background<T> start(ThreadKind kind, Callable<T> call) {
        return new Background<>(kind, call);
    }

    public static <T> Background<T> start(Callable<T> call) {
        return start(ThreadKind.PLATFORM, call);
    }

    private void run(ThreadKind kind, Callable<T> call) {
        try {
            if (kind == ThreadKind.PLATFORM)
                task = Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self")));
            T result = call.call();
            interruptedAtEnd = Thread.currentThread().isInterrupted();
            outcome.complete(result);
        } catch (Throwable e) {
            interruptedAtEnd = Thread.currentThread().isInterrupted();
            outcome.completeExceptionally(e);
        }
    }

    /**
     * Waits until the thread is blocked in a socket: a platform thread in a native method of a channel, asleep in the
     * kernel; a virtual thread parked on the JDK's poller; either in a stream's transfer that another thread does.
     */
    public Background<T> awaitBlocked() {
        Await.until(() -> "not blocked in a socket, but in state " + thread.getState() + " at "
            + Arrays.toString(thread.getStackTrace()), () -> isBlocked() || outcome.isDone());
        if (outcome.isDone())
            fail("not blocked in a socket, but ended: " + describeOutcome());
        return this;
    }

    /** Whether the thread is blocked in a socket now. */
    public boolean isBlocked() {
        StackTraceElement[] stack = thread.getStackTrace();
        if (stack.length == 0)
            return false;
        if (task != null && stack[0].isNativeMethod() && isOfChannels(stack[0].getClassName()))
            return isAsleep();
        Thread.State state = thread.getState();
        return (state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING)
            && Arrays.stream(stack).anyMatch(frame -> WAITING_CLASSES.contains(frame.getClassName()));
    }

    private static boolean isOfChannels(String className) {
        return className.startsWith("sun.nio.ch.") || className.startsWith("io.niovsock.");
    }

    private boolean isAsleep() {
        try {
            String stat = Files.readString(task.resolve("stat")); // pid (name) state …
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'S';
        } catch (IOException ended) {
            return false;
        }
    }

    public void interrupt() {
        thread.interrupt();
    }

    /** The place of the thread, for messages. */
    public String where() {
        return Arrays.toString(thread.getStackTrace());
    }

    public boolean isDone() {
        return outcome.isDone();
    }

    /** Whether the thread's interrupt status was set when the call ended. */
    public boolean wasInterruptedAtEnd() {
        return interruptedAtEnd;
    }

    /** The result of the call. */
    public T result() {
        try {
            return join();
        } catch (ExecutionException e) {
            throw new AssertionError("the call in the background failed: " + e.getCause(), e.getCause());
        }
    }

    /** The exception of the call, of exactly this class. */
    public <E extends Throwable> E failure(Class<E> expected) {
        try {
            return fail(expected.getSimpleName() + " expected, but the call returned " + join());
        } catch (ExecutionException e) {
            if (e.getCause().getClass() != expected)
                throw new AssertionError(expected.getName() + " expected, but it was " + e.getCause(), e.getCause());
            return expected.cast(e.getCause());
        }
    }

    /** The exception of the call, of any class. */
    public Throwable failure() {
        try {
            return fail("an exception expected, but the call returned " + join());
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    private T join() throws ExecutionException {
        try {
            return outcome.get(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("after " + Machine.PATIENCE.toSeconds() + " s the call has not ended: it is at "
                + Arrays.toString(thread.getStackTrace()));
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while waiting for the call in the background", e);
        }
    }

    private String describeOutcome() {
        return outcome.handle((result, failure) -> failure == null ? "returned " + result : "threw " + failure).join();
    }

    @Override
    public void close() {
        if (!outcome.isDone())
            thread.interrupt();
        try {
            thread.join(Machine.PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertEquals(Thread.State.TERMINATED, thread.getState(),
            () -> "the thread outlives its test, at " + Arrays.toString(thread.getStackTrace()));
    }
}
