// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import sun.misc.Signal;

import java.io.Closeable;
import java.io.IOException;

/** Signals to this process. The JDK's only interface for them is {@code sun.misc}, in its module jdk.unsupported. */
final class Signals {
    private Signals() { }

    /**
     * Has a thread run a task at each signal, instead of what the signal does otherwise.
     *
     * @param name such as {@code TERM}
     */
    static void handle(String name, Runnable task) {
        try {
            Signal.handle(new Signal(name), signal -> task.run());
        } catch (IllegalArgumentException e) {
            // the JVM uses the signal itself, or was told to leave signals alone (-Xrs): it keeps its effect
        }
    }

    private static volatile boolean ending;

    /** Whether a signal ends the JVM: what fails now need not be told. */
    static boolean isEnding() {
        return ending;
    }

    /** Closes something when the JVM ends, such as by a signal: a listener may have a file. */
    static void closeAtEnd(Closeable closeable) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ending = true;
            try {
                closeable.close();
            } catch (IOException e) {
                System.err.println(Tool.NAME + ": " + e.getMessage());
            }
        }, "close-at-end"));
    }
}
