// SPDX-License-Identifier: Apache-2.0
package io.niovsock.image;

import io.niovsock.Vsock;
import io.niovsock.testkit.Internals;

import java.nio.ByteBuffer;

/**
 * A program that makes the native library look up each class and member of the JDK that it uses. The agent
 * {@code src/test/c/lookups.c} writes them down.
 */
final class EveryLookup {
    private EveryLookup() { }

    public static void main(String[] args) throws Exception {
        if (!Vsock.isAvailable())
            throw new AssertionError(Vsock.unavailabilityCause());
        for (String name : new String[] { "SocketImpls", "DatagramPackets", "GroupPort" })
            Class.forName("io.niovsock.internal.jdk." + name);
        Internals.holdSession(ByteBuffer.allocateDirect(1));
    }
}
