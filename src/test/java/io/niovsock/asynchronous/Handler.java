// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import java.nio.channels.CompletionHandler;

/** A handler for operations that succeed. */
interface Handler<V> extends CompletionHandler<V, Object> {
    @Override
    default void failed(Throwable failure, Object attachment) {
        throw new AssertionError(failure);
    }
}
