// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockServerSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Translation;
import io.niovsock.internal.monitor.SocketKind;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.AttachedGuest;
import io.niovsock.internal.transport.AttachedGuests;
import io.niovsock.internal.transport.GuestObserver;
import io.niovsock.internal.transport.HybridTransport;
import io.niovsock.internal.transport.ListenerGroup;
import io.niovsock.internal.transport.Transport;
import io.niovsock.internal.transport.TransportOptions;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.Set;

/**
 * A listener at a vsock endpoint. If it listens at the host, and guests are attached, its number stands for a group of
 * sockets instead of one. That may happen while selectors know it, and while a thread waits in an accept.
 */
public final class VsockServerSocketChannel extends ServerSocketChannel
    implements VsockChannel, VsockServerSocketAdaptor.Listener, GuestObserver {

    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final HybridTransport HYBRID = Transport.ofGuests(MethodHandles.lookup());
    private static final String TIMED_OUT = "Accept timed out"; // the words of java.net
    private static final int DEFAULT_BACKLOG = 50; // as the platform's channels have it
    private static final int PORT_ATTEMPTS = 1000;
    private static final int MOST_WAITING = 4096; // the limit of a backlog, unless net.core.somaxconn is changed

    private final Transport transport;
    private final ChannelDescriptor descriptor; // its readLock excludes other accepts
    private final int fd;

    // -- guarded by descriptor

    private VsockSocketAddress localAddress; // null: not bound
    private VsockSocketAddress ownAddress; // of the channel's own socket, even if a later step of the bind has failed
    private Translation translation = Translation.NONE;
    private int backlog;
    private volatile ListenerGroup group; // null: the number stands for one socket
    private volatile boolean regrouping; // the number is about to stand for another file
    private final SocketOptions options;
    private ServerSocket socket;

    // -- end of what is guarded by descriptor

    private final Admission admission;

    /** A socket that is not bound, as the platform's type: its callers are linked without this class. */
    public static ServerSocketChannel open(SelectorProvider provider, Origin origin) {
        return new VsockServerSocketChannel(provider, origin, null);
    }

    /** A socket that is bound to the address and listens, or, if that is null, is not bound. */
    public VsockServerSocketChannel(SelectorProvider provider, Origin origin, VsockSocketAddress localOrNull) {
        super(provider);
        this.transport = origin.transport();
        this.descriptor = new ChannelDescriptor(this, origin);
        this.fd = origin.fd();
        this.options = SocketOptions.ofListener(descriptor);
        this.admission = new Admission(options);
        this.backlog = MOST_WAITING; // that of an inherited listener is not known
        if (localOrNull != null)
            admission.bound(localOrNull);
        this.localAddress = localOrNull;
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

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
        synchronized (AttachedGuests.lock()) {
            synchronized (descriptor) {
                descriptor.ensureOpen();
                if (localAddress != null)
                    throw new AlreadyBoundException();
                VsockSocketAddress endpoint = AddressResolver.requireVsockOrAny(local);
                Permissions.checkListen(endpoint);
                this.backlog = backlog < 1 ? DEFAULT_BACKLOG : backlog;
                VsockSocketAddress bound = lockedBind(endpoint);
                admission.bound(bound);
                localAddress = bound;
                translation = translation.boundTo(local);
                descriptor.noteBeginning();
            }
        }
        return this;
    }

    // -- hearing attached guests

    /** A service manager's socket stays alone: its number is not this channel's to re-point. */
    private boolean isHearingGuests(VsockSocketAddress local) {
        return (local.getCid() == VsockSocketAddress.CID_ANY || local.getCid() == VsockSocketAddress.CID_HOST)
            && !descriptor.hasRecords() && !descriptor.isInherited();
    }

    private VsockSocketAddress lockedBind(VsockSocketAddress endpoint) throws IOException {
        List<AttachedGuest> guests = isHearingGuests(endpoint) ? AttachedGuests.all() : List.of();
        if (guests.isEmpty() && transport == HYBRID)
            throw Errno.socketFailed(Errno.EAFNOSUPPORT);
        VsockSocketAddress bound = guests.isEmpty() ? bindAlone(endpoint) : bindWith(guests, endpoint);
        if (isHearingGuests(endpoint))
            AttachedGuests.addListener(this);
        return bound;
    }

    /** A socket cannot be bound twice, so the next bind goes on with the address of one that has failed later. */
    private VsockSocketAddress bindAlone(VsockSocketAddress endpoint) throws IOException {
        if (ownAddress == null)
            ownAddress = transport.bind(fd, endpoint);
        else if (!isMeant(ownAddress, endpoint))
            throw Errno.bindFailed(Errno.EINVAL, endpoint, false);
        transport.listen(fd, ownAddress, backlog);
        return ownAddress;
    }

    private static boolean isMeant(VsockSocketAddress bound, VsockSocketAddress requested) {
        return bound.getCid() == requested.getCid()
            && (isChoosing(requested) || bound.getVsockPort() == requested.getVsockPort());
    }

    private static boolean isChoosing(VsockSocketAddress requested) {
        return requested.getVsockPort() == 0 || requested.getVsockPort() == VsockSocketAddress.PORT_ANY;
    }

    /** If the kernel leaves the port to this method, a port is free if it is free for all. */
    private VsockSocketAddress bindWith(List<AttachedGuest> guests, VsockSocketAddress endpoint) throws IOException {
        boolean chooses = isChoosing(endpoint) && ownAddress == null;
        for (int i = 0; true; i++) {
            try {
                return bindAllWith(guests, chooses
                    ? VsockSocketAddress.of(endpoint.getCid(), Transport.randomShortPort())
                    : isChoosing(endpoint) ? ownAddress : endpoint);
            } catch (BindException e) {
                if (!chooses || i == PORT_ATTEMPTS || !descriptor.isOpen())
                    throw e;
            }
        }
    }

    private VsockSocketAddress bindAllWith(List<AttachedGuest> guests, VsockSocketAddress endpoint)
        throws IOException {
        boolean alone = transport == HYBRID // the kernel has no vsock, or only that of a guest
            || transport.tryBind(endpoint.getCid()) == -Errno.EADDRNOTAVAIL;
        ListenerGroup joined = ListenerGroup.open(MethodHandles.lookup(), guests, endpoint.getVsockPort(), backlog);
        boolean completed = false;
        try {
            regroup(joined, alone ? null : () -> bindAlone(endpoint));
            completed = true;
        } finally {
            if (!completed)
                joined.abandon();
        }
        return endpoint;
    }

    /** Makes the channel's own socket listen. */
    private interface Preparation {
        void run() throws IOException;
    }

    /**
     * Makes the number stand for the group. The socket that it stood for stays open under another number. So selectors
     * must drop it first: epoll forgets a number only when the file is closed.
     *
     * @param ownOrNull null: the socket that the number stood for is not used
     */
    private void regroup(ListenerGroup joined, Preparation ownOrNull) throws IOException {
        regrouping = true;
        descriptor.renewRegistrations();
        try {
            synchronized (descriptor) {
                descriptor.ensureOpen();
                TransportOptions remembered = HYBRID.settingsWithoutSocket(options.settings());
                int own = -1;
                if (ownOrNull != null) {
                    ownOrNull.run();
                    own = joined.take(fd, transport);
                }
                descriptor.become(joined.number(), transport);
                joined.moveTo(fd);
                options.replaceSettings(ownOrNull == null ? remembered : options.settings().at(own));
                group = joined;
                descriptor.wakeReader(); // an accept of the socket alone
            }
        } finally {
            regrouping = false;
            descriptor.renewRegistrations();
        }
    }

    @Override
    public void attached(AttachedGuest guest) throws IOException {
        if (!isOpen())
            return;
        if (group != null) {
            group.hear(guest);
            return;
        }
        ListenerGroup first = ListenerGroup.open(MethodHandles.lookup(), List.of(guest), port(),
            backlog);
        boolean completed = false;
        try {
            regroup(first, () -> { });
            completed = true;
        } catch (ClosedChannelException e) {
            // it hears no guest any more
        } finally {
            if (!completed)
                first.abandon();
        }
    }

    @Override
    public void detached(AttachedGuest guest) {
        if (group != null)
            group.forget(guest);
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
            return localAddress();
        }
    }

    @Override
    public InetSocketAddress localAddress() {
        synchronized (descriptor) {
            return translation.local(localAddress);
        }
    }

    // -- for events

    @Override
    public SocketKind kind() {
        return SocketKind.LISTENER;
    }

    @Override
    public VsockSocketAddress localEndpoint() {
        synchronized (descriptor) {
            return localAddress;
        }
    }

    @Override
    public VsockSocketAddress peerEndpoint() {
        return null;
    }

    private long port() {
        synchronized (descriptor) {
            return localAddress.getVsockPort();
        }
    }

    /** That of the connections to be accepted; the calling thread has seen the channel bound. */
    private Translation translation() {
        synchronized (descriptor) {
            return translation.ofAccepted();
        }
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> option, T value) throws IOException {
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
    public ServerSocket socket() {
        synchronized (descriptor) {
            if (socket == null)
                socket = VsockServerSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public void ignoreInterrupts() {
        descriptor.ignoreInterrupts();
    }

    // -- accepting

    @Override
    public SocketChannel accept() throws IOException {
        return accept(0, false);
    }

    @Override
    public SocketChannel accept(long timeoutNanos) throws IOException {
        return accept(timeoutNanos, true);
    }

    private SocketChannel accept(long timeoutNanos, boolean mustBlock) throws IOException {
        int[] peer = new int[3]; // CID, port, and whether it is a guest
        int accepted = -Errno.EAGAIN;
        boolean completed = false;
        long deadline = descriptor.lockRead(timeoutNanos, TIMED_OUT);
        try {
            descriptor.ensureOpen();
            if (mustBlock)
                descriptor.ensureBlocking();
            boolean blocking = descriptor.isBlocking();
            try {
                beginAccept();
                descriptor.configureFor(deadline);
                int mostRefused = blocking ? 1 : mostWaiting();
                do {
                    accepted = acceptAdmitted(peer, mostRefused);
                } while (descriptor.awaitRetry(blocking, accepted, Constants.POLLIN, deadline, TIMED_OUT));
            } finally {
                descriptor.restoreAfter(deadline);
                endAccept(accepted >= 0);
            }
            completed = true;
        } finally {
            descriptor.readLock.unlock();
            if (!completed && accepted >= 0)
                discard(accepted, transportOf(peer)); // interrupted just when the connection came
        }
        if (accepted >= 0)
            return connection(accepted, Transport.endpoint(peer), transportOf(peer));
        if (ChannelDescriptor.isRetryable(accepted))
            return null;
        throw Errno.failed(-accepted, "accept at " + localAddress);
    }

    /**
     * As many connections as may wait are judged by one accept in non-blocking mode, so that a flood of refused peers
     * does not keep its thread.
     */
    private int mostWaiting() {
        if (group != null)
            return MOST_WAITING; // each of its sockets has a backlog of its own
        synchronized (descriptor) {
            return Math.min(backlog, MOST_WAITING - 1) + 1; // Linux has one more than the backlog wait
        }
    }

    /**
     * Accepts a connection of a peer that is admitted, and closes those of others, up to a number: then the result is
     * that of a call to be repeated, after a look at the deadline and whether the channel is still open.
     */
    private int acceptAdmitted(int[] peer, int mostRefused) {
        for (int i = 0; i < mostRefused && isOpen(); i++) {
            int accepted = tryAccept(peer);
            if (accepted < 0 || admission.admits(peer))
                return accepted;
            discard(accepted, transportOf(peer)); // vsock has no reset to send
            admission.refused(peer);
            if (mostRefused == 1)
                Thread.yield(); // a virtual thread would keep its carrier for a whole flood
        }
        return -Errno.EINTR;
    }

    /** Makes one accept(2). If the peer has given the connection up before that, the next one may be there already. */
    private int tryAccept(int[] peer) {
        int accepted = group == null ? NATIVES.accept(fd, peer) : group.accept(peer);
        if (accepted == -Errno.ENOTSOCK && group != null)
            accepted = group.accept(peer); // there is a group since a moment ago
        return accepted == -Errno.ECONNABORTED ? -Errno.EINTR : accepted;
    }

    private void beginAccept() throws ClosedChannelException {
        if (descriptor.isInterruptible())
            begin();
        descriptor.enterRead();
        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (localAddress == null)
                throw new NotYetBoundException();
        }
    }

    private void endAccept(boolean completed) throws IOException {
        descriptor.exitRead();
        if (descriptor.isBlocking())
            end(completed);
    }

    private Transport transportOf(int[] peer) {
        return peer[2] == 0 ? transport : HYBRID;
    }

    private SocketChannel connection(int accepted, VsockSocketAddress peer, Transport its) throws IOException {
        boolean completed = false;
        try {
            Permissions.checkAccept(peer);
            Origin origin = Origin.accepted(its, accepted, descriptor.type());
            VsockSocketChannel connection = its != HYBRID
                ? VsockSocketChannel.of(provider(), origin, peer, options, translation())
                : VsockSocketChannel.ofGuest(provider(), origin, peer, options, translation(), ofHost());
            completed = true;
            connection.countAccepted(localEndpoint());
            return connection;
        } finally {
            if (!completed)
                discard(accepted, its);
        }
    }

    private VsockSocketAddress ofHost() {
        return VsockSocketAddress.of(VsockSocketAddress.CID_HOST, port());
    }

    private static void discard(int accepted, Transport transport) {
        transport.end(accepted, false);
        NATIVES.close(accepted);
    }

    // -- mode and close

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        descriptor.changeMode(blocking);
    }

    @Override
    protected void implCloseSelectableChannel() {
        AttachedGuests.removeListener(this);
        if (group != null)
            group.close();
        descriptor.close();
    }

    // -- selection

    @Override
    public int translateInterestOps(int interest) {
        return (interest & SelectionKey.OP_ACCEPT) != 0 && !regrouping ? Constants.POLLIN : 0;
    }

    @Override
    public int readyOps(int events, int interest) {
        return (events & Constants.POLLIN) != 0 ? interest & SelectionKey.OP_ACCEPT : 0;
    }

    @Override
    public String toString() {
        synchronized (descriptor) {
            return ServerSocketChannel.class.getName() + '['
                + (!isOpen() ? "closed" : localAddress == null ? "unbound" : localAddress().toString()) + ']';
        }
    }
}
