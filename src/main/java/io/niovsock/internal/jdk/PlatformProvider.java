package io.niovsock.internal.jdk;

import sun.nio.ch.DefaultSelectorProvider;

import java.nio.channels.spi.SelectorProvider;

/** The provider that this JVM would have without this library: its selectors, pipes and channels are the JDK's own. */
public final class PlatformProvider {
    private PlatformProvider() { }

    public static SelectorProvider get() {
        return DefaultSelectorProvider.get();
    }
}
