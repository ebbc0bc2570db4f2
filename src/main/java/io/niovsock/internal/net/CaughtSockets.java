// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.net;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Which sockets of {@code java.net} this JVM makes undecided. */
public final class CaughtSockets {
    /** Sockets that one change of the JVM makes undecided. */
    public enum Kind {
        /** {@code new Socket()} and {@code new ServerSocket()}. */
        PLAIN,

        /** {@code new Socket(Proxy)}. */
        PROXIED,

        /** {@code DatagramSocket} and {@code MulticastSocket}. */
        DATAGRAM
    }

    private static final Set<Kind> CAUGHT = Collections.synchronizedSet(EnumSet.noneOf(Kind.class));

    private CaughtSockets() { }

    public static void add(Kind kind) {
        CAUGHT.add(kind);
    }

    public static boolean has(Kind kind) {
        return CAUGHT.contains(kind);
    }
}
