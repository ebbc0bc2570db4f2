// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Machine;

import java.net.SocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What an operation does, as text that should be the same for each family of addresses. */
final class Outcome {
    /** The operation would wait for ever, or what it does depends on the time. */
    static final String LEFT_OUT = "left out";

    /** What returns nothing. */
    interface Action {
        void run() throws java.io.IOException;
    }

    private Outcome() { }

    /** Runs what returns nothing. */
    static Object done(Action action) throws java.io.IOException {
        action.run();
        return "done";
    }

    /** What it returns, or the class of its exception. */
    static String of(Callable<Object> operation) {
        try {
            return String.valueOf(operation.call());
        } catch (java.io.IOException | RuntimeException e) {
            return e.getClass().getSimpleName();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** What it returns, or the class of its exception, with the message if it is one of input or output. */
    static String withMessage(Callable<Object> operation) {
        return of(() -> {
            try {
                return operation.call();
            } catch (java.io.IOException e) {
                return e.getClass().getSimpleName() + ": " + e.getMessage();
            }
        });
    }

    /** What comes of an operation that is under way. Throws what it has failed with. */
    static <T> T resultOf(Future<T> future) throws Exception {
        try {
            return future.get(Machine.PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure)
                throw failure;
            throw e;
        }
    }

    /**
     * Whether a socket has a port. {@link VsockSocketAddress#getPort()} has the low 16 bits of it, and they may be 0.
     *
     * @param port what the socket tells
     * @param address the address with that port
     */
    static boolean isPort(int port, SocketAddress address) {
        return port > 0 || port == 0 && address instanceof VsockSocketAddress vsock && vsock.getVsockPort() > 0
            && vsock.getPort() == 0;
    }

    /** Calls until there is a result. */
    static <T> T await(Callable<T> call) throws Exception {
        long deadline = System.nanoTime() + Machine.PATIENCE.toNanos();
        T result;
        while ((result = call.call()) == null) {
            if (System.nanoTime() - deadline > 0)
                throw new AssertionError("an expected result did not come in time");
            Thread.onSpinWait();
        }
        return result;
    }
}
