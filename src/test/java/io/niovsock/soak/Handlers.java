// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One direction of an asynchronous channel: each completion starts the next operation. */
abstract class Handlers implements CompletionHandler<Integer, Void> {
    private final CompletableFuture<Void> outcome = new CompletableFuture<>();

    static Handlers send(AsynchronousSocketChannel channel, Outgoing outgoing) {
        Handlers handlers = new Handlers() {
            @Override
            boolean goesOn() {
                ByteBuffer piece = outgoing.next();
                if (piece != null)
                    channel.write(piece, null, this);
                return piece != null;
            }

            @Override
            void took(int bytes) {
                assert bytes > 0;
            }
        };
        handlers.goOn();
        return handlers;
    }

    static Handlers receive(AsynchronousSocketChannel channel, Incoming incoming) {
        Handlers handlers = new Handlers() {
            @Override
            boolean goesOn() {
                ByteBuffer space = incoming.space();
                if (space != null)
                    channel.read(space, null, this);
                return space != null;
            }

            @Override
            void took(int bytes) throws EOFException {
                incoming.took(Way.some(bytes));
            }
        };
        handlers.goOn();
        return handlers;
    }

    /** Starts the next operation, if there is one. */
    abstract boolean goesOn();

    abstract void took(int bytes) throws EOFException;

    private void goOn() {
        if (!goesOn())
            outcome.complete(null);
    }

    @Override
    public void completed(Integer bytes, Void nothing) {
        try {
            took(bytes);
            goOn();
        } catch (Throwable e) {
            outcome.completeExceptionally(e);
        }
    }

    @Override
    public void failed(Throwable e, Void nothing) {
        outcome.completeExceptionally(e);
    }

    void await(int seconds) throws Exception {
        outcome.get(seconds, TimeUnit.SECONDS);
    }
}
