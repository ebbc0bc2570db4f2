// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;

/** A membership of the platform's channel, shown as one of the deferred channel that the program holds. */
final class DeferredMembership extends MembershipKey {
    private final DatagramChannel held;
    private final MembershipKey key;

    DeferredMembership(DatagramChannel held, MembershipKey key) {
        this.held = held;
        this.key = key;
    }

    @Override
    public boolean isValid() {
        return key.isValid();
    }

    @Override
    public void drop() {
        key.drop();
    }

    @Override
    public MembershipKey block(InetAddress source) throws IOException {
        key.block(source);
        return this;
    }

    @Override
    public MembershipKey unblock(InetAddress source) {
        key.unblock(source);
        return this;
    }

    @Override
    public DatagramChannel channel() {
        return held;
    }

    @Override
    public InetAddress group() {
        return key.group();
    }

    @Override
    public NetworkInterface networkInterface() {
        return key.networkInterface();
    }

    @Override
    public InetAddress sourceAddress() {
        return key.sourceAddress();
    }

    @Override
    public String toString() {
        return key.toString();
    }
}
