// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

/**
 * The JDK's own classes for networking. Some need a descriptor while they are initialized. If none is left at that
 * moment, the class is unusable for the life of the JVM ("Could not initialize class sun.nio.ch.Net"), and so is all
 * code that needs it.
 */
public final class JdkNetworking {
    /**
     * The classes that TCP, UDP, pipes and selectors need, on JDK 17, 21, 25, 27 and 28-ea. After these, sockets of
     * {@code java.net} need no further descriptor. Initializing their classes would take 5 ms of every program's start.
     */
    private static final String[] CLASSES = {
        "sun.nio.ch.Net", "sun.nio.ch.SocketDispatcher", "sun.nio.ch.SocketChannelImpl",
        "sun.nio.ch.ServerSocketChannelImpl", "sun.nio.ch.DatagramChannelImpl", "sun.nio.ch.PipeImpl",
        "sun.nio.ch.SourceChannelImpl", "sun.nio.ch.SinkChannelImpl", "sun.nio.ch.EPollSelectorImpl",
            "sun.nio.ch.EventFD"
    };

    private static final String UNIX = "sun.nio.ch.UnixDomainSockets";

    private JdkNetworking() { }

    /** Initializes the classes that most programs need later. */
    public static void initialize() {
        for (String name : CLASSES)
            initialize(name);
    }

    /**
     * Initializes the class that Unix-domain channels need. On JDK 17 it reads a file, too slow for programs without
     * such channels.
     */
    public static void initializeUnix() {
        initialize(UNIX);
    }

    private static void initialize(String name) {
        try {
            Class.forName(name, true, null);
        } catch (ClassNotFoundException e) {
            // this JDK does not have it
        }
    }
}
