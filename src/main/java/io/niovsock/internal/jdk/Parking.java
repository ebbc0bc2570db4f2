// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import io.niovsock.internal.natives.Natives;
import sun.nio.ch.SelChImpl;
import sun.nio.ch.SelectionKeyImpl;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.Channel;

/**
 * Parks a thread on the descriptor of a channel, which hides it from the JDK where {@code getFD()} is null: the JDK's
 * own {@link SelChImpl#park} needs one.
 */
public final class Parking implements SelChImpl {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private final Channel channel;
    private final FileDescriptor descriptor = new FileDescriptor();
    private final int number;

    public Parking(Channel channel, int number) {
        this.channel = channel;
        this.number = number;
        NATIVES.setDescriptor(descriptor, number);
    }

    /** The number is given back to the kernel. */
    public void end() {
        NATIVES.setDescriptor(descriptor, -1);
    }

    @Override
    public FileDescriptor getFD() {
        return descriptor;
    }

    @Override
    public int getFDVal() {
        return number;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("the channel closes its descriptor");
    }

    @Override
    public void kill() throws IOException {
        close();
    }

    @Override
    public int translateInterestOps(int ops) {
        return 0; // never registered
    }

    @Override
    public boolean translateAndUpdateReadyOps(int ops, SelectionKeyImpl key) {
        return false;
    }

    @Override
    public boolean translateAndSetReadyOps(int ops, SelectionKeyImpl key) {
        return false;
    }
}
