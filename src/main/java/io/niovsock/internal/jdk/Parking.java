// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.jdk;

import sun.nio.ch.SelChImpl;
import sun.nio.ch.SelectionKeyImpl;

import java.io.FileDescriptor;
import java.io.IOException;

/**
 * Parks a thread on a descriptor that the channel hides from the JDK (its {@code getFD()} is null), by the JDK's own
 * {@link SelChImpl#park}.
 */
public final class Parking implements SelChImpl {
    private final FileDescriptor descriptor;
    private final int number;

    public Parking(FileDescriptor descriptor, int number) {
        this.descriptor = descriptor;
        this.number = number;
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
        return descriptor.valid();
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
