// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import java.nio.channels.spi.SelectorProvider;

/**
 * The provider whose channels {@code SocketChannel.open()} of this JVM opens. If it is not this library's, the platform
 * treats a vsock address as an IPv6 address, and refuses it. The platform's exception does not name the cure; this
 * class does.
 */
public final class JvmProvider {
    private static final String PROPERTY = SelectorProvider.class.getName();
    private static final String OURS = "io.niovsock.VsockSelectorProvider";

    private static final String ANOTHER_COPY = "another copy of nio-vsock";

    private static volatile boolean told;

    private JvmProvider() { }

    /**
     * Describes the JVM's provider, and the cure, if that provider is not this library's; null if it is. Makes the JVM
     * choose its provider.
     */
    public static String anotherOrNull() {
        Class<?> type = SelectorProvider.provider().getClass();
        if (!type.getName().equals(OURS))
            return text(type.getName());
        return type.getClassLoader() == JvmProvider.class.getClassLoader() ? null : text(ANOTHER_COPY);
    }

    /** The text for a provider that is not this library's. */
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

    /**
     * The JVM looks for providers with the system class loader, so it finds classes of that loader and of its parents.
     */
    private static boolean isSeenBySystemLoader() {
        ClassLoader own = JvmProvider.class.getClassLoader();
        for (ClassLoader loader = ClassLoader.getSystemClassLoader(); loader != null; loader = loader.getParent())
            if (loader == own)
                return true;
        return false;
    }

    /**
     * Called when a program creates a vsock address. If the JVM's provider cannot be this library's, this writes a line
     * to the log, once. It does not ask for the provider: that would make the JVM choose it now, and slow down a
     * program's start.
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

    /** Called when the program uses classes that reach vsock with any provider of the JVM: then no line is written. */
    public static void bypassed() {
        told = true;
    }
}
