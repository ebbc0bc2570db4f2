// SPDX-License-Identifier: Apache-2.0
package vsocktest;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** An operation in a thread of its own. The test can find out that the thread is blocked. */
public final class Attempt<T> {
    public enum Kind { PLATFORM, VIRTUAL }

    private static final Set<String> FUTEX = Set.of(System.getProperty("os.arch").equals("aarch64") ? "98" : "202");
    private static final AtomicInteger counter = new AtomicInteger();

    private final Kind kind;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private T result;
    private Throwable failure;
    private boolean interrupted;

    private Attempt(Kind kind, Callable<T> operation) {
        this.kind = kind;
        // at most 15 characters: the kernel keeps no more, and knows the thread by this name
        String name = "attempt-" + counter.incrementAndGet();
        Runnable body = () -> {
            try {
                result = operation.call();
            } catch (Throwable e) {
                failure = e;
            }
            interrupted = Thread.interrupted();
            ended.countDown();
        };
        thread = kind == Kind.VIRTUAL ? newVirtual(body) : new Thread(body);
        thread.setName(name);
        if (kind == Kind.PLATFORM)
            thread.setDaemon(true);
    }

    public static <T> Attempt<T> start(Callable<T> operation) {
        return start(Kind.PLATFORM, operation);
    }

    public static <T> Attempt<T> start(Kind kind, Callable<T> operation) {
        Attempt<T> attempt = new Attempt<>(kind, operation);
        attempt.thread.start();
        return attempt;
    }

    /** {@code Thread.ofVirtual().unstarted(body)}, by reflection: JDK 17 does not have it. */
    private static Thread newVirtual(Runnable body) {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return (Thread) Class.forName("java.lang.Thread$Builder").getMethod("unstarted", Runnable.class)
                .invoke(builder, body);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("virtual threads need JDK 21 or later",
                e instanceof InvocationTargetException ? e.getCause() : e);
        }
    }

    /**
     * Waits until the thread is in a blocking system call of a channel's operation; or, if it is virtual, has parked in
     * one.
     */
    public Attempt<T> awaitBlocked() {
        Limit.await(() -> hasEnded() || isBlocked(), () -> "the thread is blocked: " + describe());
        if (hasEnded())
            throw new AssertionError("did not block, but ended with " + (failure == null ? result : failure), failure);
        return this;
    }

    public boolean hasEnded() {
        return ended.getCount() == 0;
    }

    private boolean isBlocked() {
        boolean virtual = kind == Kind.VIRTUAL;
        String before = virtual ? "" : systemCall();
        StackTraceElement[] stack = thread.getStackTrace();
        if (virtual)
            return Stream.of(stack).anyMatch(Attempt::isOfChannels)
                && (thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
        // not in the reading of a class from its jar, and not in the JVM's own futex
        return stack.length > 0 && stack[0].isNativeMethod() && isOfChannels(stack[0]) && !before.equals("running")
            && !FUTEX.contains(before) && before.equals(systemCall());
    }

    private static boolean isOfChannels(StackTraceElement frame) {
        return frame.getClassName().startsWith("sun.nio.ch.") || frame.getClassName().startsWith("io.niovsock.");
    }

    /** The number of the system call that the thread waits in, according to the kernel, or {@code running}. */
    private String systemCall() {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            for (Path task : (Iterable<Path>) tasks::iterator)
                if (Files.readString(task.resolve("comm")).strip().equals(thread.getName()))
                    return Files.readString(task.resolve("syscall")).split("\\s", 2)[0];
        } catch (NoSuchFileException e) {
            return "running"; // a thread ended meanwhile
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("No such process"))
                return "running";
            throw new AssertionError(e);
        }
        return "running";
    }

    private String describe() {
        StringBuilder text = new StringBuilder(thread.getState() + " in system call "
            + (kind == Kind.VIRTUAL ? "none" : systemCall()));
        for (StackTraceElement frame : thread.getStackTrace())
            text.append("\n    at ").append(frame);
        return text.toString();
    }

    public void interrupt() {
        thread.interrupt();
    }

    /** The result of the operation, once it has ended. */
    public T result() throws InterruptedException {
        awaitEnd();
        if (failure != null)
            throw new AssertionError("the operation failed", failure);
        return result;
    }

    /** The exception of the operation, once it has ended. */
    public Throwable failure() throws InterruptedException {
        awaitEnd();
        if (failure == null)
            throw new AssertionError("nothing was thrown; the operation gave " + result);
        return failure;
    }

    /** Whether the thread's interrupt status was set when the operation had ended. */
    public boolean wasInterrupted() throws InterruptedException {
        awaitEnd();
        return interrupted;
    }

    private void awaitEnd() throws InterruptedException {
        if (!ended.await(Limit.MILLIS, TimeUnit.MILLISECONDS))
            throw new AssertionError("still in the operation after " + Limit.MILLIS + " ms: " + describe());
    }
}
