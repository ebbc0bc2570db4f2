// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import java.nio.channels.AsynchronousCloseException;
import java.util.function.Supplier;

/** One kind of operation of a channel, such as reading. At most one operation of a kind is pending. */
final class Direction {
    private final VsockMember member;
    private final int selectionOp;
    private final String refusal;
    private final Supplier<? extends RuntimeException> alreadyPending;

    // -- guarded by this

    private Operation<?, ?> pending; // null: none
    private boolean refused; // a timeout or a cancel leaves open how far the operation got

    // -- end of what is guarded by this

    /**
     * @param selectionOp what a selector waits for, such as {@link java.nio.channels.SelectionKey#OP_READ}
     * @param refusal the message for an operation after one that was given up
     * @param alreadyPending makes the exception for an operation beside another one
     */
    Direction(VsockMember member, int selectionOp, String refusal,
              Supplier<? extends RuntimeException> alreadyPending) {
        this.member = member;
        this.selectionOp = selectionOp;
        this.refusal = refusal;
        this.alreadyPending = alreadyPending;
    }

    VsockMember member() {
        return member;
    }

    /** Makes an operation the pending one. */
    synchronized void begin(Operation<?, ?> operation) {
        if (refused)
            throw new IllegalStateException(refusal);
        if (pending != null)
            throw alreadyPending.get();
        pending = operation;
    }

    synchronized void end(Operation<?, ?> operation) {
        if (pending == operation)
            pending = null;
    }

    /** Refuses operations from now on. */
    synchronized void refuse() {
        refused = true;
    }

    private synchronized Operation<?, ?> pending() {
        return pending;
    }

    /** Lets the pending operation wait until the channel is ready. */
    void await() {
        member.await(selectionOp);
    }

    boolean isReady(int ops) {
        return (ops & selectionOp) != 0;
    }

    /** Goes on with the pending operation. */
    void retry() {
        Operation<?, ?> operation = pending();
        if (operation != null)
            operation.retry();
    }

    /** Goes on with the pending operation, in the calling thread, which is one of the group. */
    void retryHere(boolean callsHandlers) {
        Operation<?, ?> operation = pending();
        if (operation != null)
            operation.retryHere(callsHandlers);
    }

    /** Fails the pending operation: the channel is closed. */
    void closed() {
        Operation<?, ?> operation = pending();
        if (operation != null)
            operation.interrupt(new AsynchronousCloseException());
    }

    /** Fails the pending operation if no selector can wait for its channel. */
    void failed(int op, Throwable cause) {
        Operation<?, ?> operation = pending();
        if (operation != null && op == selectionOp)
            operation.interrupt(cause);
    }
}
