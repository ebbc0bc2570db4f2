// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import sun.nio.ch.DefaultAsynchronousChannelProvider;

import java.io.IOException;
import java.nio.channels.spi.AsynchronousChannelProvider;

/** The provider of asynchronous channels that this JVM would have without this library. */
public final class PlatformAsynchronousProvider {
    private static volatile AsynchronousChannelProvider found; // null: not asked for yet

    private PlatformAsynchronousProvider() { }

    /** @throws IOException if this library cannot reach it, with the flag that restores it */
    public static AsynchronousChannelProvider get() throws IOException {
        AsynchronousChannelProvider known = found;
        if (known == null)
            found = known = find();
        return known;
    }

    private static AsynchronousChannelProvider find() throws IOException {
        try {
            return Exported.create();
        } catch (LinkageError notVisible) {
            try {
                return UnexportedProvider.ofAsynchronousChannels();
            } catch (ReflectiveOperationException | RuntimeException e) {
                throw new IOException("the platform's own asynchronous channels are not available: " + e + " (set -D"
                    + AsynchronousChannelProvider.class.getName() + '='
                    + UnexportedProvider.nameOfAsynchronousProvider()
                    + (PlatformProvider.hasUnsafe() ? "" : ", add the module jdk.unsupported to this JVM")
                    + ", or take nio-vsock off the class path)", e);
            }
        }
    }

    /** To link this class, {@code sun.nio.ch} must be visible to this library. */
    private static final class Exported {
        static AsynchronousChannelProvider create() {
            return DefaultAsynchronousChannelProvider.create();
        }
    }
}
