// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockDatagramSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Translation;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.monitor.SocketKind;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.spi.SelectorProvider;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;

/**
 * Datagrams over vsock. This class alone keeps the peer of a connected channel: a connect(2) would not keep datagrams
 * from other senders out.
 */
public final class VsockDatagramChannel extends DatagramChannel
    implements VsockChannel, VsockDatagramSocketAdaptor.Endpoint {

    private static final String TIMED_OUT = "Receive timed out"; // the words of java.net

    private final Transport transport;
    private final ChannelDescriptor descriptor;
    private final int fd;

    // -- guarded by descriptor.readLock

    private final int[] senderPair = new int[2];
    private final int[] lastSenderPair = new int[2];
    private VsockSocketAddress lastSender; // most datagrams come from the same one
    private InetSocketAddress lastReported; // the address of the last sender by that translation
    private Translation lastTranslation;

    // -- guarded by descriptor

    private volatile VsockSocketAddress localAddress; // null: not bound; read without the lock, too
    private volatile Translation translation = Translation.NONE; // read without the lock, too
    private volatile VsockSocketAddress remoteAddress; // null: not connected; changes under readLock and writeLock, too
    private final SocketOptions options;
    private DatagramSocket socket;

    // -- end of what is guarded by descriptor

    /** A new socket, as the platform's type: its callers are linked without this class. */
    public static DatagramChannel open(SelectorProvider provider, Origin origin) {
        return new VsockDatagramChannel(provider, origin, null, null);
    }

    /** A socket with these addresses; null: it is not bound, or not connected. */
    public VsockDatagramChannel(SelectorProvider provider, Origin origin, VsockSocketAddress localOrNull,
                                VsockSocketAddress remoteOrNull) {
        super(provider);
        this.transport = origin.transport();
        this.descriptor = new ChannelDescriptor(this, origin);
        this.fd = origin.fd();
        this.options = SocketOptions.ofDatagrams(descriptor);
        this.localAddress = localOrNull;
        this.remoteAddress = remoteOrNull;
        descriptor.countOpened();
    }

    @Override
    public ChannelDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public void beginInterruptible() {
        begin();
    }

    /** From now on, only the interrupt of a virtual thread that waits closes it, as with the sockets of java.net. */
    public void ignoreInterrupts() {
        descriptor.ignoreInterrupts();
    }

    @Override
    public boolean ignoresInterrupts() {
        return descriptor.ignoresInterrupts();
    }

    // -- addresses

    @Override
    public DatagramChannel bind(SocketAddress local) throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (localAddress != null)
                throw new AlreadyBoundException();
            VsockSocketAddress endpoint = AddressResolver.requireVsockOrAny(local);
            Permissions.checkListen(endpoint);
            localAddress = transport.bind(fd, endpoint);
            translation = translation.boundTo(local);
            descriptor.noteBeginning();
        }
        return this;
    }

    /** A channel that sends or waits without an address of its own gets one, as with UDP. */
    private void ensureBound() throws IOException {
        if (localAddress != null) // as for most datagrams
            return;
        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (localAddress == null)
                bind(null);
        }
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
            return localAddress();
        }
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        descriptor.ensureOpen();
        return remoteAddress();
    }

    @Override
    public InetSocketAddress localAddress() {
        synchronized (descriptor) {
            return translation.local(localAddress);
        }
    }

    @Override
    public InetSocketAddress remoteAddress() {
        synchronized (descriptor) {
            return translation.remote(remoteAddress);
        }
    }

    // -- for events

    @Override
    public SocketKind kind() {
        return SocketKind.DATAGRAMS;
    }

    @Override
    public VsockSocketAddress localEndpoint() {
        synchronized (descriptor) {
            return localAddress;
        }
    }

    @Override
    public VsockSocketAddress peerEndpoint() {
        return remoteAddress;
    }

    // -- options

    @Override
    public <T> DatagramChannel setOption(SocketOption<T> option, T value) throws IOException {
        options.set(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return options.get(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options.supported();
    }

    @Override
    public DatagramSocket socket() {
        synchronized (descriptor) {
            if (socket == null)
                socket = VsockDatagramSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface) {
        throw new UnsupportedOperationException("vsock has no multicast");
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface networkInterface, InetAddress source) {
        throw new UnsupportedOperationException("vsock has no multicast");
    }

    // -- connecting

    @Override
    public boolean isConnected() {
        return remoteAddress != null && isOpen();
    }

    @Override
    public DatagramChannel connect(SocketAddress remote) throws IOException {
        connect(remote, false);
        return this;
    }

    @Override
    public void reconnect(SocketAddress remote) throws IOException {
        connect(remote, true);
    }

    private void connect(SocketAddress remote, boolean again) throws IOException {
        VsockSocketAddress peer = transport.datagramDestination(AddressResolver.requireVsock(remote, Use.CONNECT));
        Permissions.checkConnect(peer);
        setPeer(() -> {
            descriptor.ensureOpen();
            if (remoteAddress != null && !again)
                throw new AlreadyConnectedException();
            ensureBound();
            remoteAddress = peer;
            translation = translation.connectedTo(remote);
        });
    }

    @Override
    public DatagramChannel disconnect() throws IOException {
        setPeer(() -> {
            if (!isOpen())
                return; // a closed channel still reports its peer
            remoteAddress = null;
            translation = translation.disconnected();
        });
        return this;
    }

    private interface Change {
        void make() throws IOException;
    }

    /** No transfer is under way when the peer changes. */
    private void setPeer(Change change) throws IOException {
        descriptor.lockBoth();
        try {
            lastReported = null;
            synchronized (descriptor) {
                change.make();
            }
        } finally {
            descriptor.unlockBoth();
        }
    }

    // -- receiving

    @Override
    public SocketAddress receive(ByteBuffer dst) throws IOException {
        requireWritable(dst);
        return receive(dst, 0, false);
    }

    @Override
    public SocketAddress receive(ByteBuffer dst, long timeoutNanos) throws IOException {
        return receive(dst, timeoutNanos, true);
    }

    private SocketAddress receive(ByteBuffer dst, long timeoutNanos, boolean mustBlock) throws IOException {
        long deadline = descriptor.lockRead(timeoutNanos, TIMED_OUT);
        try {
            descriptor.ensureOpen();
            if (mustBlock)
                descriptor.ensureBlocking();
            ensureBound();
            int n = lockedReceive(dst, deadline, false);
            return n < 0 ? null : reportedSender();
        } finally {
            descriptor.readLock.unlock();
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        Objects.requireNonNull(dst);
        descriptor.readLock.lock();
        try {
            requirePeer();
            requireWritable(dst);
            return Math.max(0, lockedReceive(dst, ChannelDescriptor.NO_DEADLINE, true));
        } finally {
            descriptor.readLock.unlock();
        }
    }

    /** The datagram is received whole, and then spread: vsock's datagrams are small. */
    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, dsts.length);
        requirePeer();
        for (int i = offset; i < offset + length; i++)
            requireWritable(dsts[i]);
        ScatterGather parts = new ScatterGather().take(dsts, offset, length);
        ByteBuffer whole = ByteBuffer.allocate((int) Math.min(parts.remaining(), BufferIo.DATAGRAM_LIMIT));
        int n = read(whole);
        parts.spread(whole.flip());
        return n;
    }

    /**
     * Receives a datagram; of the peer, if the channel is connected.
     *
     * @param onlyIntoRoom whether nothing is received if the buffer has no room
     * @return its length, or -1 if none is there in non-blocking mode
     */
    private int lockedReceive(ByteBuffer dst, long deadline, boolean onlyIntoRoom) throws IOException {
        assert descriptor.readLock.isHeldByCurrentThread();
        boolean blocking = descriptor.isBlocking();
        int position = dst.position();
        int room = BufferIo.remaining(dst, position);
        int n = -Errno.EAGAIN;
        try {
            beginTransfer();
            descriptor.enterRead();
            if (onlyIntoRoom && room == 0)
                return 0;
            descriptor.configureFor(deadline);
            boolean foreign;
            do {
                n = BufferIo.receiveFrom(fd, dst, position, room, senderPair);
                foreign = n >= 0 && isForeign();
                if (foreign)
                    n = -Errno.EINTR; // it is dropped, and the next one may be there
            } while (descriptor.awaitRetry(blocking || foreign, n, Constants.POLLIN, deadline, TIMED_OUT));
            if (n > 0)
                descriptor.countRead(n);
        } finally {
            descriptor.restoreAfter(deadline);
            descriptor.exitRead();
            endTransfer(n > 0 || n == 0 && isOpen()); // 0: also after a shutdown
        }
        if (n > 0)
            dst.position(position + n);
        if (n < 0 && !ChannelDescriptor.isRetryable(n))
            throw Errno.failed(-n, "receive at " + localAddress);
        return Math.max(n, -1);
    }

    private boolean isForeign() {
        VsockSocketAddress peer = remoteAddress;
        if (peer == null)
            return Permissions.areManaged() && !Permissions.mayAccept(sender());
        VsockSocketAddress sender = sender();
        return peer.getVsockPort() != sender.getVsockPort() || !isAt(peer.getCid(), sender.getCid());
    }

    private boolean isAt(long peerCid, long senderCid) {
        return peerCid == senderCid || peerCid == VsockSocketAddress.CID_ANY // this machine, whose CID is not known
            || peerCid == VsockSocketAddress.CID_LOCAL && transport.isAlsoLocal(senderCid);
    }

    private VsockSocketAddress sender() {
        if (lastSender == null || !Arrays.equals(lastSenderPair, senderPair)) {
            lastSender = Transport.endpoint(senderPair);
            lastReported = null;
            System.arraycopy(senderPair, 0, lastSenderPair, 0, senderPair.length);
        }
        return lastSender;
    }

    private InetSocketAddress reportedSender() {
        VsockSocketAddress peer = remoteAddress;
        VsockSocketAddress sender = peer != null && peer.getCid() == VsockSocketAddress.CID_LOCAL ? peer : sender();
        Translation present = translation;
        if (lastReported == null || lastTranslation != present) {
            lastReported = present.sender(sender, transport.isAlsoLocal(sender.getCid()));
            lastTranslation = present;
        }
        return lastReported;
    }

    // -- sending

    @Override
    public int send(ByteBuffer src, SocketAddress target) throws IOException {
        Objects.requireNonNull(src);
        VsockSocketAddress remote = AddressResolver.requireVsock(target, Use.CONNECT);
        descriptor.writeLock.lock();
        try {
            descriptor.ensureOpen();
            return lockedSend(src, destination(remote, target));
        } catch (AlreadyConnectedException e) {
            actOnInterrupt();
            throw e;
        } finally {
            descriptor.writeLock.unlock();
        }
    }

    @Override
    public SocketAddress sendBlocking(ByteBuffer src, SocketAddress remoteOrNull) throws IOException {
        descriptor.writeLock.lock();
        try {
            descriptor.ensureOpen();
            descriptor.ensureBlocking();
            if (remoteOrNull == null)
                ensureConnected();
            VsockSocketAddress remote = remoteOrNull == null ? remoteAddress
                : destination(AddressResolver.requireVsock(remoteOrNull, Use.CONNECT), remoteOrNull);
            lockedSend(src, remote);
            return translation.remote(remote);
        } finally {
            descriptor.writeLock.unlock();
        }
    }

    /** Returns the endpoint to which a datagram for the address is sent. Binds the channel if it is not bound. */
    private VsockSocketAddress destination(VsockSocketAddress remote, SocketAddress requested) throws IOException {
        VsockSocketAddress peer = remoteAddress;
        if (peer != null && !peer.equals(transport.datagramDestination(remote)))
            throw new AlreadyConnectedException();
        if (peer == null)
            Permissions.checkConnect(remote);
        ensureBound();
        if (peer == null)
            noteUse(requested);
        return peer != null ? peer : remote;
    }

    private void noteUse(SocketAddress requested) {
        if (translation.usedWith(requested) == translation)
            return; // as for most datagrams
        synchronized (descriptor) {
            translation = translation.usedWith(requested);
        }
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        Objects.requireNonNull(src);
        descriptor.writeLock.lock();
        try {
            requirePeer();
            return lockedSend(src, remoteAddress);
        } finally {
            descriptor.writeLock.unlock();
        }
    }

    /** The datagram is gathered first, and then sent whole. */
    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        requirePeer();
        ScatterGather parts = new ScatterGather().take(srcs, offset, length);
        long size = parts.remaining();
        if (size > BufferIo.DATAGRAM_LIMIT)
            throw Errno.sendFailed(Errno.EMSGSIZE, remoteAddress, (int) Math.min(size, Integer.MAX_VALUE));
        int n = write(parts.gather());
        parts.advance(n);
        return n;
    }

    private int lockedSend(ByteBuffer src, VsockSocketAddress remote) throws IOException {
        assert descriptor.writeLock.isHeldByCurrentThread();
        boolean blocking = descriptor.isBlocking();
        int position = src.position();
        int length = BufferIo.remaining(src, position);
        int n = -Errno.EAGAIN;
        try {
            beginTransfer();
            descriptor.enterWrite();
            descriptor.configureForCurrentThread();
            do {
                n = BufferIo.sendTo(transport, fd, src, position, length, remote);
            } while (descriptor.awaitRetry(blocking, n, Constants.POLLOUT));
            if (n > 0)
                descriptor.countWritten(n);
        } finally {
            descriptor.exitWrite();
            endTransfer(n >= 0);
        }
        if (n > 0)
            src.position(position + n);
        if (n < 0 && !ChannelDescriptor.isRetryable(n))
            throw Errno.sendFailed(-n, remote, length);
        return Math.max(n, 0);
    }

    /** As {@link #ensureConnected}, for an operation that acts on an interrupt in any case. */
    private void requirePeer() throws ClosedChannelException {
        try {
            ensureConnected();
        } catch (NotYetConnectedException e) {
            actOnInterrupt();
            throw e;
        }
    }

    /** Closes the channel if the current thread is interrupted, as an operation does that ends before it begins. */
    private void actOnInterrupt() throws AsynchronousCloseException {
        beginTransfer();
        endTransfer(false);
    }

    private void ensureConnected() throws ClosedChannelException {
        descriptor.ensureOpen();
        if (remoteAddress == null)
            throw new NotYetConnectedException();
    }

    private static void requireWritable(ByteBuffer dst) {
        if (dst.isReadOnly())
            throw new IllegalArgumentException("Read-only buffer");
    }

    /** Begins an operation. It announces itself next, to the descriptor. */
    private void beginTransfer() {
        if (descriptor.isInterruptible())
            begin();
    }

    private void endTransfer(boolean completed) throws AsynchronousCloseException {
        if (descriptor.isBlocking())
            end(completed);
    }

    // -- mode and close

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        descriptor.changeMode(blocking);
    }

    @Override
    protected void implCloseSelectableChannel() {
        descriptor.close();
    }

    // -- selection

    @Override
    public int translateInterestOps(int interest) {
        return ((interest & SelectionKey.OP_READ) != 0 ? Constants.POLLIN : 0)
            | ((interest & SelectionKey.OP_WRITE) != 0 ? Constants.POLLOUT : 0);
    }

    @Override
    public int readyOps(int events, int interest) {
        return interest & (((events & Constants.POLLIN) != 0 ? SelectionKey.OP_READ : 0)
            | ((events & Constants.POLLOUT) != 0 ? SelectionKey.OP_WRITE : 0));
    }

    @Override
    public String toString() {
        synchronized (descriptor) {
            return DatagramChannel.class.getName() + '[' + (!isOpen() ? "closed"
                : (localAddress == null ? "unbound" : "local=" + localAddress())
                    + (remoteAddress == null ? "" : " remote=" + remoteAddress())) + ']';
        }
    }
}
