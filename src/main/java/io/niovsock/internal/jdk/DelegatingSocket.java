// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import sun.nio.ch.SelChImpl;
import sun.nio.ch.SelectionKeyImpl;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.channels.SelectableChannel;

/** A channel for which selection and parking go to another channel. */
public interface DelegatingSocket extends SelChImpl {
    /** The channel that does the work now. Its descriptor's number stays the same for the life of this channel. */
    SelectableChannel target();

    private SelChImpl selectable() {
        return (SelChImpl) target();
    }

    @Override
    default FileDescriptor getFD() {
        return selectable().getFD();
    }

    @Override
    default int getFDVal() {
        return selectable().getFDVal();
    }

    @Override
    default boolean translateAndUpdateReadyOps(int events, SelectionKeyImpl key) {
        return selectable().translateAndUpdateReadyOps(events, key);
    }

    @Override
    default boolean translateAndSetReadyOps(int events, SelectionKeyImpl key) {
        return selectable().translateAndSetReadyOps(events, key);
    }

    @Override
    default int translateInterestOps(int interest) {
        return selectable().translateInterestOps(interest);
    }

    @Override
    default void park(int event, long nanos) throws IOException {
        selectable().park(event, nanos);
    }
}
