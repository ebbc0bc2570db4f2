// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Threads for the other end of a connection; a failure in one ends the process. */
final class Threads {
    interface Body {
        void run() throws Exception;
    }

    private Threads() { }

    static void start(boolean virtual, Body body) {
        Runnable task = () -> {
            try {
                body.run();
            } catch (Exception | Error e) {
                e.printStackTrace();
                System.out.println("cannot: " + e);
                Runtime.getRuntime().halt(1);
            }
        };
        if (virtual) {
            startVirtual(task);
        } else {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** The result of a task that a virtual thread runs. */
    static <T> T callVirtually(Callable<T> task) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        start(true, () -> result.complete(task.call()));
        return result.get();
    }

    private static void startVirtual(Runnable task) {
        try {
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("virtual threads need JDK 21 or later", e);
        }
    }
}
