// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.testkit.Machine;

import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/** A handler that keeps what it is told. The attachment must be the text that {@link #ATTACHMENT} is. */
final class Outcome<V> implements CompletionHandler<V, Object> {
    static final String ATTACHMENT = "attachment";

    private final CompletableFuture<V> result = new CompletableFuture<>();
    private volatile Thread thread;

    @Override
    public void completed(V value, Object attachment) {
        told(attachment);
        assertFalse(!result.complete(value), "the handler is called twice");
    }

    @Override
    public void failed(Throwable failure, Object attachment) {
        told(attachment);
        assertFalse(!result.completeExceptionally(failure), "the handler is called twice");
    }

    private void told(Object attachment) {
        assertEquals(ATTACHMENT, attachment);
        thread = Thread.currentThread();
    }

    boolean isDone() {
        return result.isDone();
    }

    /** The thread that called the handler. */
    Thread thread() throws Exception {
        result.handle((value, failure) -> null).get(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        return thread;
    }

    V value() throws Exception {
        return resultOf(result);
    }

    <E extends Throwable> E failure(Class<E> expected) throws Exception {
        return failureOf(result, expected);
    }

    /** The result of a future that completes soon. */
    static <V> V resultOf(Future<V> future) throws Exception {
        return future.get(Machine.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The failure of a future that completes soon, of exactly this class. */
    static <E extends Throwable> E failureOf(Future<?> future, Class<E> expected) throws Exception {
        try {
            throw new AssertionError(expected.getSimpleName() + " expected, but the result is " + resultOf(future));
        } catch (ExecutionException e) {
            if (e.getCause().getClass() != expected)
                throw new AssertionError(expected.getName() + " expected, but it was " + e.getCause(), e.getCause());
            return expected.cast(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError(expected.getSimpleName() + " expected, but the operation does not end", e);
        }
    }
}
