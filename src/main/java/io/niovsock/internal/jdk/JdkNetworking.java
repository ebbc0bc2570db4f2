package io.niovsock.internal.jdk;

/** The JDK's own classes for networking. */
public final class JdkNetworking {
    /** Those that need a descriptor while they are initialized, and are lost for the life of the JVM where there is none. */
    private static final String[] CLASSES = { };

    private JdkNetworking() { }

    /** Initializes what could not be initialized later, if no descriptor should be left then. */
    public static void initialize() throws ClassNotFoundException {
        for (String name : CLASSES)
            Class.forName(name, true, null);
    }
}
