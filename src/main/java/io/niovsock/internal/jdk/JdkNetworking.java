// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

/**
 * The JDK's own classes for networking. Some need a descriptor while they are initialized. If none is left at that
 * moment, the class is unusable for the life of the JVM ("Could not initialize class sun.nio.ch.Net"), and so is all
 * code that needs it.
 */
public final class JdkNetworking {
    /**
     * The classes whose initialization needs a descriptor: they load a library, or make the descriptor that stands for
     * closed ones. Once they are initialized, no other class of TCP, UDP, pipes and selectors needs one: tried without
     * a free descriptor on JDK 17, 21, 25, 26, 27 and 28-ea. Sockets of {@code java.net} need no further class.
     */
    private static final String[] CLASSES = {
        "sun.nio.ch.Net", "sun.nio.ch.SocketDispatcher", "sun.nio.ch.FileDispatcherImpl"
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
