package io.niovsock.internal.jdk;

import java.nio.channels.spi.SelectorProvider;

/**
 * Whose channels {@code SocketChannel.open()} of this JVM opens. Where they are not this library's, the platform takes a
 * vsock address for one of IPv6, and refuses it; its exception cannot say what helps, and so this class does.
 */
public final class JvmProvider {
    private static final String PROPERTY = SelectorProvider.class.getName();
    private static final String OURS = "io.niovsock.VsockSelectorProvider";

    private static volatile boolean told;

    private JvmProvider() { }

    /** What to say if the JVM's provider is not this library's, and what helps; null if it is. Makes the JVM choose its provider. */
    public static String anotherOrNull() {
        Class<?> type = SelectorProvider.provider().getClass();
        boolean ours = type.getName().equals(OURS);
        if (ours && type.getClassLoader() == JvmProvider.class.getClassLoader())
            return null;
        return text(ours ? "another copy of nio-vsock" : type.getName());
    }

    private static String text(String whose) {
        String property = System.getProperty(PROPERTY);
        String cure = property != null && !property.equals(OURS)
            ? "take -D" + PROPERTY + '=' + property + " off the command line, or let it name " + OURS
            : !isSeenBySystemLoader() ? "start java with -javaagent:nio-vsock.jar, which puts the jar on the JVM's own class path,"
                + " and take it away where it is now (" + JvmProvider.class.getClassLoader() + ')'
            : "-D" + PROPERTY + '=' + OURS;
        return "of " + whose + ", which knows no vsock address of this library; what helps: " + cure + "; or open channels by "
            + OURS + ".instance()";
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
     * A program makes a vsock address. If the JVM's provider cannot be this library's, the log says so, once. The provider is not
     * asked for: that would make the JVM choose it now, and take time of a program's start.
     */
    public static void addressMade() {
        if (told)
            return;
        told = true;
        String property = System.getProperty(PROPERTY);
        boolean named = property != null && !property.equals(OURS);
        if (named || property == null && !isSeenBySystemLoader())
            System.getLogger("io.niovsock").log(System.Logger.Level.WARNING,
                "SocketChannel.open() is " + text(named ? property : "the platform"));
    }

    /** The program uses what reaches vsock whoever the JVM's provider is: it need not be told. */
    public static void bypassed() {
        told = true;
    }
}
