// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.jdk.SelectableSocket;
import io.niovsock.internal.monitor.SocketKind;

import java.io.FileDescriptor;
import java.io.IOException;

/** What the JDK asks of every vsock channel, and its descriptor answers; what the descriptor asks of its channel. */
interface VsockChannel extends SelectableSocket {
    ChannelDescriptor descriptor();

    // -- for events

    SocketKind kind();

    /** The endpoint of this side, as far as it is known, whatever the program knows it by; null: none. */
    VsockSocketAddress localEndpoint();

    /** The endpoint of the peer; null: there is none. */
    VsockSocketAddress peerEndpoint();

    /** From now on an interrupt of the current thread, in the operation that it is in, closes the channel. */
    void beginInterruptible();

    // -- for the JDK

    /** The JDK sends files with it by sendfile(2); if it is null, the JDK writes them from a mapping. */
    @Override
    default FileDescriptor getFD() {
        return descriptor().sendfileDescriptor();
    }

    @Override
    default int getFDVal() {
        return descriptor().fd();
    }

    @Override
    default void park(int event, long nanos) throws IOException {
        descriptor().park(event, nanos);
    }

    @Override
    default void park(int event) throws IOException {
        descriptor().park(event, 0);
    }

    @Override
    default void kill() {
        descriptor().kill();
    }
}
