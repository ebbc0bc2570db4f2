package io.niovsock.internal.jdk;

import java.nio.channels.spi.SelectorProvider;

/**
 * Whose channels {@code SocketChannel.open()} of this JVM opens. Where they are not this library's, the platform takes a
 * vsock address for one of IPv6, and refuses it; its exception cannot say what helps, and so this class does.
 */
public final class JvmProvider {
    private static final String PROPERTY = SelectorProvider.class.getName();
    private static final String OURS = "io.niovsock.VsockSelectorProvider";

    private static final String ANOTHER_COPY = "another copy of nio-vsock";

    private static volatile boolean told;

    private JvmProvider() { }

    /**
     * What to say if the JVM's provider is not this library's, and what helps; null if it is. Makes the JVM choose its
     * provider.
     */
    public static String anotherOrNull() {
        Class<?> type = SelectorProvider.provider().getClass();
        if (!type.getName().equals(OURS))
            return text(type.getName());
        return type.getClassLoader() == JvmProvider.class.getClassLoader() ? null : text(ANOTHER_COPY);
    }

    /** What to say of a provider that is not this library's. */
    private static String text(String whose) {
        return "of " + whose + ", which does not accept vsock addresses of this library; to change that, " + cure(whose)
            + "; or open channels with " + OURS + ".instance()";
    }

    private static String cure(String whose) {
        String named = System.getProperty(PROPERTY);
        String loader = JvmProvider.class.getClassLoader().getClass().getName();
        if (named != null && !named.equals(OURS))
            return "take -D" + PROPERTY + '=' + named + " off the command line, or let it name " + OURS;
        if (whose.equals(ANOTHER_COPY))
            return "remove the jar that " + loader + " loads this copy from, and leave the one on the JVM's class path";
        if (!isSeenBySystemLoader())
            return "put the jar on the JVM's class path (-javaagent:nio-vsock.jar does so) instead of where " + loader
                + " finds it";
        return "name this library's provider: -D" + PROPERTY + '=' + OURS;
    }

    /** The JVM looks for providers by the system class loader: it finds what that, or a parent of it, has loaded. */
    private static boolean isSeenBySystemLoader() {
        ClassLoader own = JvmProvider.class.getClassLoader();
        for (ClassLoader loader = ClassLoader.getSystemClassLoader(); loader != null; loader = loader.getParent())
            if (loader == own)
                return true;
        return false;
    }

    /**
     * A program makes a vsock address. If the JVM's provider cannot be this library's, the log says so, once. The provider
     * is not asked for: that would make the JVM choose it now, and take time of a program's start.
     */
    public static void addressMade() {
        if (told)
            return;
        told = true;
        String named = System.getProperty(PROPERTY);
        String whose = named != null ? named.equals(OURS) ? null : named
            : isSeenBySystemLoader() ? null
            : hasAnotherCopy() ? ANOTHER_COPY : "the platform";
        if (whose != null)
            System.getLogger("io.niovsock").log(System.Logger.Level.WARNING, "SocketChannel.open() is " + text(whose));
    }

    private static boolean hasAnotherCopy() {
        try {
            Class.forName(OURS, false, ClassLoader.getSystemClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** The program uses what reaches vsock whoever the JVM's provider is: it need not be told. */
    public static void bypassed() {
        told = true;
    }
}
