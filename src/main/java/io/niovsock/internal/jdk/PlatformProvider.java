// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;
import sun.nio.ch.DefaultSelectorProvider;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;

/**
 * The provider that this JVM would have without this library. It also creates the JDK's own selectors, pipes and TCP
 * listeners with this library's provider, since programs open further channels with their {@code provider()}.
 */
public final class PlatformProvider {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private PlatformProvider() { }

    /**
     * Returns whether {@link #get()} fails where vsock is not available, and the JVM's provider can still be the
     * platform's. Up to JDK 23, the JVM ignores a provider of which the constructor throws a {@code SecurityException};
     * JDK 25 and later do not.
     */
    public static boolean mayBeOutOfReach() {
        return Runtime.version().feature() < 24 && !hasUnsafe();
    }

    /** Whether this JVM has {@code sun.misc.Unsafe}: a runtime image made by jlink may lack its module. */
    static boolean hasUnsafe() {
        return ModuleLayer.boot().findModule("jdk.unsupported").isPresent();
    }

    /** @throws IOException if this library cannot reach it, with the flag that restores it */
    public static SelectorProvider get() throws IOException {
        try {
            return Exported.get();
        } catch (LinkageError notVisible) {
            try {
                return UnexportedProvider.get();
            } catch (ReflectiveOperationException | RuntimeException e) {
                throw new IOException("the platform's own channels are not available: " + e + " (set -D"
                    + SelectorProvider.class.getName() + '=' + nameOnThisSystem()
                    + (hasUnsafe() ? "" : ", add the module jdk.unsupported to this JVM")
                    + ", or take nio-vsock off the class path)", e);
            }
        }
    }

    /** To link this class, {@code sun.nio.ch} must be visible to this library. */
    private static final class Exported {
        static SelectorProvider get() {
            return DefaultSelectorProvider.get();
        }
    }

    private static String nameOnThisSystem() {
        String system = System.getProperty("os.name");
        return system.startsWith("Windows") ? "sun.nio.ch.WEPollSelectorProvider"
            : system.startsWith("Mac") ? "sun.nio.ch.KQueueSelectorProvider"
            : system.startsWith("AIX") ? "sun.nio.ch.PollsetSelectorProvider"
            : "sun.nio.ch.EPollSelectorProvider";
    }

    public static AbstractSelector openSelector(SelectorProvider named) throws IOException {
        return NATIVES.newSelector(named);
    }

    public static Pipe openPipe(SelectorProvider named) throws IOException {
        return NATIVES.newPipe(named);
    }

    public static ServerSocketChannel openServerSocketChannel(SelectorProvider named) throws IOException {
        return NATIVES.newListener(named);
    }
}
