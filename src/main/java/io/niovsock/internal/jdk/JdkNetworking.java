package io.niovsock.internal.jdk;

/**
 * The JDK's own classes for networking. Some need a descriptor while they are initialized. If none is left then, they are
 * lost for the life of the JVM ("Could not initialize class sun.nio.ch.Net"), and with them all that needs them.
 */
public final class JdkNetworking {
    /**
     * What TCP, UDP, pipes and selectors need; on JDK 17, 21, 25, 27 and 28-ea. Sockets of {@code java.net} need no
     * descriptor beyond what these have taken, and to make them ready would take 5 ms of every program's start.
     */
    private static final String[] CLASSES = {
        "sun.nio.ch.Net", "sun.nio.ch.SocketDispatcher", "sun.nio.ch.SocketChannelImpl",
        "sun.nio.ch.ServerSocketChannelImpl", "sun.nio.ch.DatagramChannelImpl", "sun.nio.ch.PipeImpl",
        "sun.nio.ch.SourceChannelImpl", "sun.nio.ch.SinkChannelImpl", "sun.nio.ch.EPollSelectorImpl", "sun.nio.ch.EventFD"
    };

    private static final String UNIX = "sun.nio.ch.UnixDomainSockets";

    private JdkNetworking() { }

    /** Initializes what is needed later, if not by every program. */
    public static void initialize() {
        for (String name : CLASSES)
            initialize(name);
    }

    /** Initializes what Unix-domain channels need. On JDK 17 that reads a file, too long for programs without them. */
    public static void initializeUnix() {
        initialize(UNIX);
    }

    private static void initialize(String name) {
        try {
            Class.forName(name, true, null);
        } catch (ClassNotFoundException e) {
            // this JDK does without it
        }
    }
}
