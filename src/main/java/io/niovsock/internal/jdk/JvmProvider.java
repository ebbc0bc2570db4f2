// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;

/**
 * The provider whose channels {@code SocketChannel.open()} of this JVM opens, and that of
 * {@code AsynchronousSocketChannel.open()}. If it is not this library's, the platform treats a vsock address as an IPv6
 * address, and refuses it. The platform's exception does not name the cure; this class does.
 */
public final class JvmProvider {
    /**
     * A kind of provider: the method that uses it, the name of the system property that names one, and of this
     * library's class.
     */
    private record Kind(String use, String property, String ours) { }

    private static final Kind SELECTORS = new Kind("SocketChannel.open()", SelectorProvider.class.getName(),
        "io.niovsock.VsockSelectorProvider");
    private static final Kind ASYNCHRONOUS = new Kind("AsynchronousSocketChannel.open()",
        AsynchronousChannelProvider.class.getName(), "io.niovsock.VsockAsynchronousChannelProvider");

    private static final String ANOTHER_COPY = "another copy of nio-vsock";

    private static volatile boolean told;

    private JvmProvider() { }

    /**
     * Describes the JVM's provider, and the cure, if that provider is not this library's; null if it is. Makes the JVM
     * choose its provider.
     */
    public static String anotherOrNull() {
        return anotherOrNull(SELECTORS, SelectorProvider.provider());
    }

    /** Like {@link #anotherOrNull()}, for the provider of asynchronous channels. */
    public static String anotherAsynchronousOrNull() {
        return anotherOrNull(ASYNCHRONOUS, AsynchronousChannelProvider.provider());
    }

    private static String anotherOrNull(Kind kind, Object provider) {
        Class<?> type = provider.getClass();
        if (!type.getName().equals(kind.ours))
            return text(kind, type.getName());
        return type.getClassLoader() == JvmProvider.class.getClassLoader() ? null : text(kind, ANOTHER_COPY);
    }

    /** The text for a provider that is not this library's. */
    private static String text(Kind kind, String whose) {
        return "of " + whose + ", which does not accept vsock addresses of this library; to change that, "
            + cure(kind, whose) + "; or open channels with " + kind.ours + ".instance()";
    }

    private static String cure(Kind kind, String whose) {
        String named = System.getProperty(kind.property);
        String loader = JvmProvider.class.getClassLoader().getClass().getName();
        if (named != null && !named.equals(kind.ours))
            return "take -D" + kind.property + '=' + named + " off the command line, or let it name " + kind.ours;
        if (whose.equals(ANOTHER_COPY))
            return "remove the jar that " + loader + " loads this copy from, and leave the one on the JVM's class path";
        if (!isSeenBySystemLoader())
            return "put the jar on the JVM's class path (-javaagent:nio-vsock.jar does so) instead of where " + loader
                + " finds it";
        return "name this library's provider: -D" + kind.property + '=' + kind.ours;
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
     * Called when a program creates a vsock address. If a provider of the JVM, of either kind, cannot be this
     * library's, this writes a line to the log, once. It does not ask for the providers: that would make the JVM choose
     * them now, and slow down a program's start.
     */
    public static void addressMade() {
        if (told)
            return;
        told = true;
        String selectors = certainlyAnothersOrNull(SELECTORS);
        String asynchronous = certainlyAnothersOrNull(ASYNCHRONOUS);
        if (selectors == null && asynchronous == null)
            return;
        String line = selectors == null ? "" : SELECTORS.use + " is " + text(SELECTORS, selectors);
        if (asynchronous != null)
            line += (line.isEmpty() ? "" : "; ") + ASYNCHRONOUS.use + " is " + text(ASYNCHRONOUS, asynchronous);
        System.getLogger("io.niovsock").log(System.Logger.Level.WARNING, line);
    }

    /** The owner of the JVM's provider, if it cannot be this library. */
    private static String certainlyAnothersOrNull(Kind kind) {
        String named = System.getProperty(kind.property);
        if (named != null)
            return named.equals(kind.ours) ? null : named;
        return isSeenBySystemLoader() ? null : hasAnotherCopy() ? ANOTHER_COPY : "the platform";
    }

    private static boolean hasAnotherCopy() {
        try {
            Class.forName(SELECTORS.ours, false, ClassLoader.getSystemClassLoader());
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
