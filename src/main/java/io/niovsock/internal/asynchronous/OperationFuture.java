// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.asynchronous;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** The future of an operation. */
final class OperationFuture<V> extends CompletableFuture<V> {
    private final Operation<V, ?> operation;

    OperationFuture(Operation<V, ?> operation) {
        this.operation = operation;
    }

    /** Gives the operation up. Closes the channel if it may be interrupted; otherwise it refuses such operations. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (!completeExceptionally(new CancellationException()))
            return false;
        operation.cancelled();
        if (mayInterruptIfRunning) {
            try {
                operation.channel().close();
            } catch (IOException e) {
                // cancelled nevertheless
            }
        }
        return true;
    }
}
