// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import sun.nio.ch.SelChImpl;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.channels.SelectableChannel;

/** The descriptors of channels, the platform's and this library's. */
public final class Descriptors {
    private Descriptors() { }

    public static int numberOf(SelectableChannel channel) {
        return ((SelChImpl) channel).getFDVal();
    }

    public static FileDescriptor of(SelectableChannel channel) {
        return ((SelChImpl) channel).getFD();
    }

    /** Tells a closed channel that no selector uses its descriptor any more. */
    public static void kill(SelectableChannel channel) throws IOException {
        ((SelChImpl) channel).kill();
    }
}
