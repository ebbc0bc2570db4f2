// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.tool.net.Endpoint;

import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Looks names up in threads of its own, since a name service may be slow. Answers are used for five seconds. */
final class Names {
    private static final int THREADS = 4;
    private static final long VALID_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** An answer and when it was given. */
    private record Answer(List<SocketAddress> addresses, long nanos) { }

    private static final Map<Endpoint, Answer> ANSWERS = new ConcurrentHashMap<>();
    private static final ExecutorService THREAD_POOL = Executors.newFixedThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "proxy-names");
        thread.setDaemon(true);
        return thread;
    });

    private Names() { }

    /** Calls one of the two: {@code found} at once if the answer is known, otherwise from another thread. */
    static void lookUp(Endpoint target, Consumer<List<SocketAddress>> found, Consumer<UnknownHostException> failed) {
        Answer known = ANSWERS.get(target);
        if (known != null && System.nanoTime() - known.nanos < VALID_NANOS)
            found.accept(known.addresses);
        else
            THREAD_POOL.execute(() -> ask(target, found, failed));
    }

    private static void ask(Endpoint target, Consumer<List<SocketAddress>> found,
                            Consumer<UnknownHostException> failed) {
        try {
            List<SocketAddress> addresses = target.addresses();
            ANSWERS.put(target, new Answer(addresses, System.nanoTime()));
            found.accept(addresses);
        } catch (UnknownHostException e) {
            failed.accept(e);
        }
    }
}
