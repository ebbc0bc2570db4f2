// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.deferred;

import io.niovsock.internal.adaptor.DeferredDatagramSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.channel.Origin;
import io.niovsock.internal.channel.VsockDatagramChannel;
import io.niovsock.internal.jdk.DatagramSockets;
import io.niovsock.internal.jdk.DelegatingSocket;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.options.RecordedOptions;
import io.niovsock.internal.trace.Trace;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.spi.SelectorProvider;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** A datagram channel that is UDP or vsock, by the first address that it binds, connects or sends to. */
public final class DeferredDatagramChannel extends DatagramChannel
    implements DelegatingSocket, DeferredDatagramSocketAdaptor.Holder {
    private final Deferral<DatagramChannel> deferral;
    private final boolean ofJavaNet;
    private volatile DatagramSocket socket;
    private final Map<MembershipKey, MembershipKey> memberships = new HashMap<>(0);

    /** A new channel, as the platform's type: its callers are linked without this class. */
    public static DatagramChannel of(SelectorProvider provider, Deferral.Opener<DatagramChannel> platform)
        throws IOException {
        return new DeferredDatagramChannel(provider, platform, false);
    }

    private DeferredDatagramChannel(SelectorProvider provider, Deferral.Opener<DatagramChannel> platform,
                                    boolean ofJavaNet) throws IOException {
        super(provider);
        this.ofJavaNet = ofJavaNet;
        deferral = new Deferral<>(this, RecordedOptions.Kind.DATAGRAMS, platform);
        deferral.opened(); // at once: a UDP socket costs little compared with its use
    }

    /** The channel behind a {@code new DatagramSocket()}: the interrupt of a platform thread does not close it. */
    public static DeferredDatagramChannel ofJavaNet(SelectorProvider provider) throws IOException {
        return new DeferredDatagramChannel(provider, DatagramSockets::openUninterruptibleChannel, true);
    }

    private String kind() {
        return ofJavaNet ? "DatagramSocket" : "DatagramChannel";
    }

    @Override
    public DatagramChannel target() {
        return deferral.target();
    }

    @Override
    public void setSoTimeout(int timeoutMillis) throws IOException {
        deferral.setSoTimeout(timeoutMillis);
    }

    @Override
    public void decideFor(SocketAddress remote) throws IOException {
        decideFor(remote, Use.CONNECT);
    }

    private void decideFor(SocketAddress address, Use use) throws IOException {
        if (!isOpen() || isVsock())
            return; // the delegate accepts the address, or throws its own exception
        if (!deferral.isDecided())
            Trace.deciding(kind(), use, address);
        if (AddressResolver.vsockOrNull(address, use) == null) {
            if (AddressResolver.isUsableByPlatform(address))
                deferral.decideForPlatform();
            return;
        }
        deferral.decideForVsock(Transport.current(MethodHandles.lookup()), Constants.SOCK_DGRAM,
            this::newVsockChannel);
        if (!isVsock())
            throw AddressResolver.alreadyPlatforms(address, "UDP");
    }

    private VsockDatagramChannel newVsockChannel(Origin origin) {
        VsockDatagramChannel vsock = new VsockDatagramChannel(provider(), origin, null, null);
        if (ofJavaNet)
            vsock.ignoreInterrupts();
        return vsock;
    }

    /** Decides without an address: receiving and multicast need UDP, unless the channel is vsock already. */
    @Override
    public void decideForPlatform() throws IOException {
        if (!deferral.isDecided() && isOpen())
            Trace.notCaught(kind(), "it receives before an address decides");
        deferral.decideForPlatform();
    }

    @Override
    public boolean isVsock() {
        return deferral.isDecided() && target() instanceof VsockDatagramChannel;
    }

    @Override
    public DatagramChannel bind(SocketAddress local) throws IOException {
        if (deferral.isBoundUndecided())
            throw new AlreadyBoundException();
        if (local != null && !AddressResolver.isWildcardWithPortZero(local))
            decideFor(local, Use.BIND);
        deferral.opened().bind(local);
        return this;
    }

    @Override
    public DatagramChannel connect(SocketAddress remote) throws IOException {
        decideFor(remote);
        deferral.opened().connect(remote);
        return this;
    }

    @Override
    public DatagramChannel disconnect() throws IOException {
        deferral.opened().disconnect();
        return this;
    }

    @Override
    public boolean isConnected() {
        return deferral.isDecided() && target().isConnected();
    }

    @Override
    public void closeIfTargetClosed() throws IOException {
        deferral.closeIfTargetClosed();
    }

    @Override
    public SocketAddress receive(ByteBuffer dst) throws IOException {
        if (!dst.isReadOnly())
            decideForPlatform(); // receiving needs a bound socket, so this decides
        try {
            return deferral.opened().receive(dst);
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public int send(ByteBuffer src, SocketAddress remote) throws IOException {
        decideFor(remote);
        try {
            return deferral.opened().send(src, remote);
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        try {
            return deferral.isDecided() ? target().read(dst)
                : deferral.refusedWhileUndecided(target -> target.read(dst));
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        try {
            return deferral.isDecided() ? target().read(dsts, offset, length)
                : deferral.refusedWhileUndecided(target -> target.read(dsts, offset, length));
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        try {
            return deferral.isDecided() ? target().write(src)
                : deferral.refusedWhileUndecided(target -> target.write(src));
        } finally {
            closeIfTargetClosed();
        }
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        try {
            return deferral.isDecided() ? target().write(srcs, offset, length)
                : deferral.refusedWhileUndecided(target -> target.write(srcs, offset, length));
        } finally {
            closeIfTargetClosed();
        }
    }

    /** Decides for UDP, which alone has multicast. The membership belongs to the platform's channel. */
    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface) throws IOException {
        decideForPlatform();
        return membership(target().join(group, networkInterface));
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface, InetAddress source)
        throws IOException {
        decideForPlatform();
        return membership(target().join(group, networkInterface, source));
    }

    /** Joining the same group again returns the same key while that is valid. */
    private MembershipKey membership(MembershipKey key) {
        synchronized (memberships) {
            memberships.keySet().removeIf(old -> !old.isValid());
            return memberships.computeIfAbsent(key, k -> new DeferredMembership(this, k));
        }
    }

    @Override
    public DatagramSocket socket() {
        synchronized (deferral) {
            if (socket == null)
                socket = DeferredDatagramSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        return deferral.opened().getLocalAddress();
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        return deferral.opened().getRemoteAddress();
    }

    @Override
    public <T> DatagramChannel setOption(SocketOption<T> option, T value) throws IOException {
        deferral.setOption(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return deferral.getOption(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return deferral.supportedOptions();
    }

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        deferral.configureBlocking(blocking);
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
        deferral.close();
    }

    @Override
    public void kill() throws IOException {
        deferral.kill();
    }

    @Override
    public String toString() {
        return deferral.describe("unbound");
    }
}
