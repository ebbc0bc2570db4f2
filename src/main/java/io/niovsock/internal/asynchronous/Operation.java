// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import java.io.IOException;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.util.concurrent.Future;

/**
 * One operation of a vsock channel, from its start to its outcome. A thread attempts it; if the attempt would have to
 * wait, the operation waits, and another thread attempts it again when the channel is ready. A timeout, a cancel or a
 * close ends an operation that waits. If they come during an attempt, the attempting thread ends it, unless the attempt
 * has succeeded.
 */
abstract class Operation<V, A> implements Runnable {
    private enum State { ATTEMPTED, WAITING, ENDED }

    private final Direction direction;
    private final CompletionHandler<V, ? super A> handler; // null: a future
    private final A attachment;
    private final OperationFuture<V> future; // null: a handler

    // -- guarded by this

    private State state = State.ATTEMPTED;
    private Throwable interruption; // null: nothing has come during an attempt
    private Future<?> timer; // null: no timeout

    // -- end of what is guarded by this

    // -- written before the end

    private V result;
    private Throwable failure; // null: a success

    /** @param handlerOrNull null: the outcome goes to a future */
    Operation(Direction direction, CompletionHandler<V, ? super A> handlerOrNull, A attachment) {
        this.direction = direction;
        this.handler = handlerOrNull;
        this.attachment = attachment;
        this.future = handlerOrNull == null ? new OperationFuture<>(this) : null;
    }

    /**
     * Attempts the operation without waiting. Returns whether it has succeeded; then {@link #succeed} was called. False
     * means that it would have to wait.
     */
    abstract boolean attempt() throws IOException;

    /** Called when the operation has failed, before the program is told. */
    void failed() { }

    /** Called when the operation is cancelled or has timed out: how far it got is open, so there is no going on. */
    void giveUp() {
        direction.refuse();
    }

    /** Called with a result that no one takes, since the operation was cancelled. */
    void discard(V untaken) { }

    /** Whether the calling thread may call the handler if the first attempt succeeds. */
    boolean mayEndInCaller() {
        return true;
    }

    /** Ends a successful attempt. */
    final boolean succeed(V value) {
        result = value;
        return true;
    }

    final AsynchronousChannel channel() {
        return direction.member().channel();
    }

    private GroupThreads threads() {
        return direction.member().group().threads();
    }

    // -- attempts

    /**
     * Starts the operation, as the pending one of its direction.
     *
     * @param timeoutNanos after which the operation fails; 0: never
     * @return null if there is a handler
     */
    final Future<V> start(long timeoutNanos) {
        direction.begin(this);
        if (attemptOnce(timeoutNanos))
            deliverFromCaller();
        return future;
    }

    /** Ends the operation without an attempt; returns null if there is a handler. */
    final Future<V> fail(Throwable cause) {
        failure = cause;
        deliverFromCaller();
        return future;
    }

    private void deliverFromCaller() {
        if (handler == null)
            deliver();
        else if (mayEndInCaller() || failure != null)
            threads().run(this);
        else
            threads().runLater(this);
    }

    /** Goes on with the operation if it waits. The thread that calls a handler also makes the attempt. */
    final void retry() {
        synchronized (this) {
            if (state != State.WAITING)
                return;
        }
        if (handler == null)
            attemptAgain();
        else
            threads().runLaterOrDrop(this::attemptAgain);
    }

    /**
     * Goes on with the operation if it waits, in the calling thread, which is one of the group.
     *
     * @param callsHandlers if the thread may call the handler
     */
    final void retryHere(boolean callsHandlers) {
        if (!endsByAnotherAttempt())
            return;
        if (handler == null)
            deliver();
        else if (callsHandlers)
            threads().runHere(this);
        else
            threads().runLaterOrDrop(this);
    }

    private void attemptAgain() {
        if (endsByAnotherAttempt())
            deliver();
    }

    /** Makes an attempt if the operation waits, and returns whether it has ended by that. */
    private boolean endsByAnotherAttempt() {
        synchronized (this) {
            if (state != State.WAITING)
                return false; // it has ended meanwhile, or another thread attempts it
            state = State.ATTEMPTED;
        }
        return attemptOnce(0);
    }

    /** Makes an attempt, and returns whether the operation has ended by it. */
    private boolean attemptOnce(long timeoutNanos) {
        Throwable thrown = null;
        boolean succeeded = false;
        try {
            succeeded = attempt();
        } catch (IOException e) { // a socket that is being closed has errors of its own
            thrown = direction.member().isClosed() ? new AsynchronousCloseException() : e;
        } catch (RuntimeException | Error e) {
            thrown = e;
        }
        synchronized (this) {
            if (!succeeded && thrown == null)
                thrown = interruption;
            if (!succeeded && thrown == null) {
                state = State.WAITING;
                if (timeoutNanos > 0)
                    timer = Timer.after(timeoutNanos, this::timedOut);
            } else {
                state = State.ENDED;
                failure = thrown;
                if (timer != null)
                    timer.cancel(false);
            }
        }
        if (!succeeded && thrown == null) {
            direction.await();
            return false;
        }
        ended();
        return true;
    }

    private void ended() {
        if (failure instanceof InterruptedByTimeoutException)
            giveUp(); // first: then no other operation begins
        direction.end(this);
        if (failure != null)
            failed();
    }

    // -- interruptions

    private void timedOut() {
        interrupt(new InterruptedByTimeoutException());
    }

    /** Fails the operation, unless it ends otherwise. The calling thread calls no handler. */
    final void interrupt(Throwable cause) {
        if (!endWaiting(cause))
            return;
        ended();
        if (handler == null)
            deliver();
        else
            threads().runLaterOrDrop(this);
    }

    /** Ends an operation that waits. If it is attempted now, the attempting thread ends it. */
    private synchronized boolean endWaiting(Throwable cause) {
        if (state == State.ATTEMPTED && interruption == null)
            interruption = cause;
        if (state != State.WAITING)
            return false;
        state = State.ENDED;
        failure = cause;
        if (timer != null)
            timer.cancel(false);
        return true;
    }

    /** Called when the future is cancelled. */
    final void cancelled() {
        giveUp();
        if (endWaiting(new AsynchronousCloseException())) // the cancelled future drops it
            direction.end(this);
    }

    // -- outcome

    /** Tells the program the outcome. It is its own task, so that no further object is needed. */
    @Override
    public final void run() {
        deliver();
    }

    private void deliver() {
        if (handler == null) {
            boolean taken = failure == null ? future.complete(result) : future.completeExceptionally(failure);
            if (!taken && failure == null)
                discard(result);
        } else if (failure == null) {
            handler.completed(result, attachment);
        } else {
            handler.failed(failure, attachment);
        }
    }
}
