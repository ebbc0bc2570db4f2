// SPDX-License-Identifier: Apache-2.0
package io.niovsock.testkit;

import java.util.List;

/** The two kinds of threads, which block in a channel in different ways. */
public enum ThreadKind {
    /** Blocks in a system call. */
    PLATFORM {
        @Override
        Thread start(Runnable task) {
            Thread thread = new Thread(task, "test-background");
            thread.setDaemon(true);
            thread.start();
            return thread;
        }
    },

    /** Parks, and frees its carrier (JDK 21 and later). */
    VIRTUAL {
        @Override
        Thread start(Runnable task) {
            try {
                return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError("this JDK has no virtual threads", e);
            }
        }
    };

    abstract Thread start(Runnable task);

    public static boolean hasVirtualThreads() {
        return Runtime.version().feature() >= 21;
    }

    /** The kinds that this JDK has. */
    public static List<ThreadKind> available() {
        return hasVirtualThreads() ? List.of(values()) : List.of(PLATFORM);
    }
}
