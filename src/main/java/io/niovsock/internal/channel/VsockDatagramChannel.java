// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockDatagramSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.jdk.Parking;
import io.niovsock.internal.jdk.SelectableSocket;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.ref.Cleaner;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.MembershipKey;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.spi.SelectorProvider;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Datagrams over vsock. To be connected is a matter of this class alone: the kernel's own notion of it would not keep
 * datagrams of others out.
 */
public final class VsockDatagramChannel extends DatagramChannel implements SelectableSocket, VsockDatagramSocketAdaptor.Endpoint {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final Cleaner CLEANER = Cleaner.create();

    private final Transport transport;
    private final ChannelDescriptor lifecycle;
    private final int fd;
    private final Parking parking; // in place of getFD(): sendfile(2) would find a socket that is not connected

    // Lock order: readLock, writeLock, lifecycle. Nothing blocks under the last.
    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();

    // -- guarded by readLock

    private final int[] senderPair = new int[2];
    private final int[] lastSenderPair = new int[2];
    private VsockSocketAddress lastSender; // most datagrams come from the same one

    // -- guarded by lifecycle

    private VsockSocketAddress localAddress; // null: not bound
    private volatile VsockSocketAddress remoteAddress; // null: not connected; changes under both locks
    private final SocketOptions options;
    private DatagramSocket socket;

    // -- end of what is guarded by lifecycle

    public VsockDatagramChannel(SelectorProvider provider, Transport transport) throws IOException {
        super(provider);
        this.transport = transport;
        this.fd = transport.socket(Constants.SOCK_DGRAM);
        this.lifecycle = new ChannelDescriptor(this, fd, closerOf(this, fd), true);
        this.parking = new Parking(lifecycle.descriptor(), fd);
        this.options = SocketOptions.ofDatagrams(transport, lifecycle);
    }

    /**
     * Closes the descriptor, once: when it is told to, or when the channel is forgotten, as the platform's are closed
     * then.
     */
    private static Closeable closerOf(VsockDatagramChannel channel, int fd) {
        return CLEANER.register(channel, () -> NATIVES.close(fd))::clean;
    }

    /**
     * A socket behind a number that belongs to another channel, which closes it; so does its cleaner if both are
     * forgotten.
     */
    public VsockDatagramChannel(SelectorProvider provider, Transport transport, int fd, Closeable owner) {
        super(provider);
        this.transport = transport;
        this.fd = fd;
        this.lifecycle = new ChannelDescriptor(this, fd, owner, true);
        this.parking = new Parking(lifecycle.descriptor(), fd);
        this.options = SocketOptions.ofDatagrams(transport, lifecycle);
    }

    /** A socket that this process was started with; the addresses are null where it is not bound, or not connected. */
    public VsockDatagramChannel(SelectorProvider provider, Transport transport, InheritedSocket inherited,
                         VsockSocketAddress local, VsockSocketAddress remote) {
        super(provider);
        this.transport = transport;
        this.fd = inherited.fd();
        this.lifecycle = new ChannelDescriptor(this, inherited);
        this.parking = new Parking(lifecycle.descriptor(), fd);
        this.options = SocketOptions.ofDatagrams(transport, lifecycle);
        this.localAddress = local;
        this.remoteAddress = remote;
    }

    // -- addresses and options

    @Override
    public DatagramChannel bind(SocketAddress local) throws IOException {
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            if (localAddress != null)
                throw new AlreadyBoundException();
            VsockSocketAddress endpoint = AddressResolver.requireVsockOrAny(local);
            Permissions.checkListen(endpoint);
            localAddress = transport.bind(fd, endpoint);
        }
        return this;
    }

    /** Whoever sends or waits without having chosen a place gets one, as with UDP. */
    private void ensureBound() throws IOException {
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            if (localAddress == null)
                bind(null);
        }
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            return localAddress;
        }
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        lifecycle.ensureOpen();
        return remoteAddress;
    }

    @Override
    public VsockSocketAddress localAddress() {
        synchronized (lifecycle) {
            return localAddress;
        }
    }

    @Override
    public VsockSocketAddress remoteAddress() {
        return remoteAddress;
    }

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
        synchronized (lifecycle) {
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
        VsockSocketAddress peer = transport.datagramDestination(AddressResolver.requireVsock(remote));
        Permissions.checkConnect(peer);
        setPeer(() -> {
            lifecycle.ensureOpen();
            if (remoteAddress != null && !again)
                throw new AlreadyConnectedException();
            ensureBound();
            remoteAddress = peer;
        });
    }

    @Override
    public DatagramChannel disconnect() throws IOException {
        setPeer(() -> {
            if (isOpen()) // a closed channel still tells whom it was connected to
                remoteAddress = null;
        });
        return this;
    }

    private interface Change {
        void make() throws IOException;
    }

    /** No transfer is under way when the peer changes. */
    private void setPeer(Change change) throws IOException {
        readLock.lock();
        try {
            writeLock.lock();
            try {
                synchronized (lifecycle) {
                    change.make();
                }
            } finally {
                writeLock.unlock();
            }
        } finally {
            readLock.unlock();
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
        readLock.lock();
        try {
            lifecycle.ensureOpen();
            if (mustBlock && !lifecycle.isBlocking())
                throw new IllegalBlockingModeException();
            ensureBound();
            int n = lockedReceive(dst, timeoutNanos);
            return n < 0 ? null : sender();
        } finally {
            readLock.unlock();
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        Objects.requireNonNull(dst);
        readLock.lock();
        try {
            ensureConnected();
            requireWritable(dst);
            return Math.max(0, lockedReceive(dst, 0));
        } finally {
            readLock.unlock();
        }
    }

    /** The datagram is received whole, and then spread: vsock's datagrams are small. */
    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, dsts.length);
        ensureConnected();
        for (int i = offset; i < offset + length; i++)
            requireWritable(dsts[i]);
        ScatterGather parts = new ScatterGather().take(dsts, offset, length);
        ByteBuffer whole = ByteBuffer.allocate((int) Math.min(parts.remaining(), BufferIo.DATAGRAM_LIMIT));
        int n = read(whole);
        parts.spread(whole.flip());
        return n;
    }

    /** The length of a datagram (of the peer's, if there is a peer), or -1 where none is there in non-blocking mode. */
    private int lockedReceive(ByteBuffer dst, long timeoutNanos) throws IOException {
        assert readLock.isHeldByCurrentThread();
        boolean blocking = lifecycle.isBlocking();
        long start = timeoutNanos > 0 ? System.nanoTime() : 0;
        int position = dst.position();
        int room = BufferIo.remaining(dst, position);
        int n = -Errno.EAGAIN;
        try {
            beginBlocking(blocking, lifecycle.reader());
            if (timeoutNanos > 0)
                lifecycle.configureBlocking(false);
            else
                lifecycle.configureForCurrentThread();
            n = BufferIo.receiveFrom(fd, dst, position, room, senderPair);
            while (isOpen() && (n >= 0 ? isForeign() : blocking && isRetryable(n))) {
                long left = timeLeft(start, timeoutNanos);
                if (n == -Errno.EAGAIN)
                    park(Constants.POLLIN, left);
                n = BufferIo.receiveFrom(fd, dst, position, room, senderPair);
            }
            if (n >= 0 && isForeign()) // the channel is closed
                n = -Errno.EAGAIN;
        } finally {
            try {
                if (timeoutNanos > 0)
                    lifecycle.tryRestoreBlocking();
            } finally {
                endBlocking(blocking, lifecycle.reader(), n > 0 || n == 0 && isOpen()); // 0: also after a shutdown
            }
        }
        if (n > 0)
            dst.position(position + n);
        if (n < 0 && !isRetryable(n))
            throw Errno.failed(-n, "receive at " + localAddress);
        return Math.max(n, -1);
    }

    private static long timeLeft(long start, long timeoutNanos) throws SocketTimeoutException {
        if (timeoutNanos == 0)
            return 0;
        long left = timeoutNanos - (System.nanoTime() - start);
        if (left <= 0)
            throw new SocketTimeoutException("Receive timed out");
        return left;
    }

    private boolean isForeign() {
        VsockSocketAddress peer = remoteAddress;
        if (peer == null)
            return Permissions.areManaged() && !Permissions.mayAccept(sender());
        VsockSocketAddress sender = sender();
        boolean anyMachine = peer.getCid() == VsockSocketAddress.CID_ANY; // the kernel does not tell this one's CID
        return peer.getVsockPort() != sender.getVsockPort() || !anyMachine && peer.getCid() != sender.getCid();
    }

    private VsockSocketAddress sender() {
        if (lastSender == null || !Arrays.equals(lastSenderPair, senderPair)) {
            lastSender = Transport.endpoint(senderPair);
            System.arraycopy(senderPair, 0, lastSenderPair, 0, senderPair.length);
        }
        return lastSender;
    }

    // -- sending

    @Override
    public int send(ByteBuffer src, SocketAddress target) throws IOException {
        Objects.requireNonNull(src);
        VsockSocketAddress remote = AddressResolver.requireVsock(target);
        writeLock.lock();
        try {
            lifecycle.ensureOpen();
            return lockedSend(src, destination(remote));
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    public SocketAddress sendBlocking(ByteBuffer src, SocketAddress remoteOrNull) throws IOException {
        writeLock.lock();
        try {
            lifecycle.ensureOpen();
            if (!lifecycle.isBlocking())
                throw new IllegalBlockingModeException();
            if (remoteOrNull == null)
                ensureConnected();
            VsockSocketAddress remote = remoteOrNull == null ? remoteAddress
                : destination(AddressResolver.requireVsock(remoteOrNull));
            lockedSend(src, remote);
            return remote;
        } finally {
            writeLock.unlock();
        }
    }

    /** Where a datagram for the address goes from this channel, which is bound for it. */
    private VsockSocketAddress destination(VsockSocketAddress remote) throws IOException {
        VsockSocketAddress peer = remoteAddress;
        if (peer != null && !peer.equals(transport.datagramDestination(remote)))
            throw new AlreadyConnectedException();
        if (peer == null)
            Permissions.checkConnect(remote);
        ensureBound();
        return peer != null ? peer : remote;
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        Objects.requireNonNull(src);
        writeLock.lock();
        try {
            ensureConnected();
            return lockedSend(src, remoteAddress);
        } finally {
            writeLock.unlock();
        }
    }

    /** The datagram is gathered first, and then sent whole. */
    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        ensureConnected();
        ScatterGather parts = new ScatterGather().take(srcs, offset, length);
        long size = parts.remaining();
        if (size > BufferIo.DATAGRAM_LIMIT)
            throw Errno.sendFailed(Errno.EMSGSIZE, remoteAddress, (int) Math.min(size, Integer.MAX_VALUE));
        int n = write(parts.gather());
        parts.advance(n);
        return n;
    }

    private int lockedSend(ByteBuffer src, VsockSocketAddress remote) throws IOException {
        assert writeLock.isHeldByCurrentThread();
        boolean blocking = lifecycle.isBlocking();
        int position = src.position();
        int length = BufferIo.remaining(src, position);
        int n = -Errno.EAGAIN;
        try {
            beginBlocking(blocking, lifecycle.writer());
            lifecycle.configureForCurrentThread();
            n = BufferIo.sendTo(transport, fd, src, position, length, remote);
            while (blocking && isRetryable(n) && isOpen()) {
                if (n == -Errno.EAGAIN)
                    park(Constants.POLLOUT);
                n = BufferIo.sendTo(transport, fd, src, position, length, remote);
            }
        } finally {
            endBlocking(blocking, lifecycle.writer(), n >= 0);
        }
        if (n > 0)
            src.position(position + n);
        if (n < 0 && !isRetryable(n))
            throw Errno.sendFailed(-n, remote, length);
        return Math.max(n, 0);
    }

    private void ensureConnected() throws ClosedChannelException {
        lifecycle.ensureOpen();
        if (remoteAddress == null)
            throw new NotYetConnectedException();
    }

    private static boolean isRetryable(int result) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
    }

    private static void requireWritable(ByteBuffer dst) {
        if (dst.isReadOnly())
            throw new IllegalArgumentException("Read-only buffer");
    }

    private void beginBlocking(boolean blocking, BlockedThread role) throws ClosedChannelException {
        if (!blocking)
            return;
        begin();
        lifecycle.enter(role);
    }

    private void endBlocking(boolean blocking, BlockedThread role, boolean completed) throws AsynchronousCloseException {
        if (!blocking)
            return;
        lifecycle.exit(role);
        end(completed);
    }

    // -- close

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        readLock.lock();
        try {
            writeLock.lock();
            try {
                lifecycle.changeMode(blocking);
            } finally {
                writeLock.unlock();
            }
        } finally {
            readLock.unlock();
        }
    }

    @Override
    protected void implCloseSelectableChannel() {
        boolean blocking = lifecycle.isBlocking();
        synchronized (lifecycle) {
            lifecycle.beginClose();
            if (blocking)
                lifecycle.finishCloseOrKill();
        }
        if (blocking)
            return;
        awaitTransfers();
        synchronized (lifecycle) {
            lifecycle.finishCloseOrKill();
        }
    }

    @Override
    public void kill() {
        awaitTransfers();
        synchronized (lifecycle) {
            lifecycle.tryFinishClose();
        }
    }

    private void awaitTransfers() {
        readLock.lock(); // in non-blocking mode transfers end by themselves, at once
        readLock.unlock();
        writeLock.lock();
        writeLock.unlock();
    }

    // -- selection

    /** None: the JDK then writes files from a mapping. */
    @Override
    public FileDescriptor getFD() {
        return null;
    }

    @Override
    public void park(int event, long nanos) throws IOException {
        parking.park(event, nanos);
    }

    @Override
    public void park(int event) throws IOException {
        park(event, 0);
    }

    @Override
    public int getFDVal() {
        return fd;
    }

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
        synchronized (lifecycle) {
            return DatagramChannel.class.getName() + '[' + (!isOpen() ? "closed"
                : (localAddress == null ? "unbound" : "local=" + localAddress)
                    + (remoteAddress == null ? "" : " remote=" + remoteAddress)) + ']';
        }
    }
}
