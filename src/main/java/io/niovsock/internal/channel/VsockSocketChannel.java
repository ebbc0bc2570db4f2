// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.address.Translation;
import io.niovsock.internal.address.Use;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.jdk.ChannelStreams;
import io.niovsock.internal.monitor.AcceptEvent;
import io.niovsock.internal.monitor.Counters;
import io.niovsock.internal.monitor.Recorder;
import io.niovsock.internal.monitor.ResetEvent;
import io.niovsock.internal.monitor.SocketHistory;
import io.niovsock.internal.monitor.SocketKind;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.AttachedGuest;
import io.niovsock.internal.transport.AttachedGuests;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Set;

/** A connection over vsock, or a socket that is to become one. */
public sealed class VsockSocketChannel extends SocketChannel implements VsockChannel, VsockSocketAdaptor.Connection
    permits VsockRecordChannel {

    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int EOF = -1;
    private static final String READ_TIMED_OUT = "Read timed out"; // the words of java.net
    private static final String CLOSED_MEANWHILE = "the channel was closed before it was connected";

    final ChannelDescriptor descriptor;

    // -- guarded by descriptor.readLock

    private boolean connectionReset;
    private boolean likelyReadable; // the last read got so much that there may be more by now
    private ScatterGather readParts; // null: no read has scattered yet

    // -- guarded by descriptor.writeLock

    private ScatterGather writeParts; // null: no write has gathered yet

    // -- guarded by descriptor

    private static final byte ST_UNCONNECTED = 0;
    private static final byte ST_PENDING = 1;
    private static final byte ST_CONNECTED = 2;
    private static final byte ST_ACCEPTED = 3; // or inherited: connected, but not by this channel
    private volatile byte state; // only grows; isOpen() says whether the channel is closed

    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private volatile SocketOptions options; // null: nothing has asked for them, and they are those of any new socket
    private VsockSocketAddress localAddress; // null: not bound, or connected and not asked for yet
    private VsockSocketAddress remoteAddress;
    private Translation translation;
    private volatile PendingConnect pendingConnect; // null: none has begun, or it has succeeded
    private boolean connecting; // a connect has begun, and its end is not told yet
    private Socket socket;

    // -- end of what is guarded by descriptor

    /** A socket that is to connect, as the platform's type: its callers are linked without this class. */
    public static SocketChannel open(SelectorProvider provider, Origin origin) throws IOException {
        return of(provider, origin, null);
    }

    /** A connection to the address, or, if that is null, a socket that is to connect. */
    public static VsockSocketChannel of(SelectorProvider provider, Origin origin, VsockSocketAddress remoteOrNull)
        throws IOException {

        return of(provider, origin, remoteOrNull, null, Translation.NONE);
    }

    /** As before; the options, if they are not null, are those of the listener that has accepted the connection. */
    static VsockSocketChannel of(SelectorProvider provider, Origin origin, VsockSocketAddress remoteOrNull,
                                 SocketOptions listenerOrNull, Translation translation) throws IOException {
        return origin.hasRecords() ? VsockRecordChannel.of(provider, origin, remoteOrNull, listenerOrNull, translation)
            : new VsockSocketChannel(provider, origin, remoteOrNull, listenerOrNull, translation);
    }

    /** A connection that a listener at the local address has accepted from an attached guest. */
    static VsockSocketChannel ofGuest(SelectorProvider provider, Origin origin, VsockSocketAddress remote,
                                      SocketOptions listener, Translation translation, VsockSocketAddress local)
        throws IOException {

        VsockSocketChannel connection = new VsockSocketChannel(provider, origin, remote, listener, translation);
        connection.localAddress = local;
        return connection;
    }

    VsockSocketChannel(SelectorProvider provider, Origin origin, VsockSocketAddress remoteOrNull,
                       SocketOptions listenerOrNull, Translation translation) throws IOException {
        super(provider);
        this.descriptor = new ChannelDescriptor(this, origin);
        this.options = listenerOrNull == null ? null : SocketOptions.ofAcceptedOrNull(descriptor, listenerOrNull);
        this.remoteAddress = remoteOrNull;
        this.translation = translation;
        this.state = remoteOrNull != null ? ST_ACCEPTED : ST_UNCONNECTED;
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

    private boolean hasConnected() {
        return state >= ST_CONNECTED;
    }

    private void ensureConnected() throws ClosedChannelException {
        descriptor.ensureOpen();
        if (!hasConnected())
            throw new NotYetConnectedException();
    }

    // -- addresses

    @Override
    public SocketChannel bind(SocketAddress local) throws IOException {
        descriptor.lockBoth();
        try {
            synchronized (descriptor) {
                descriptor.ensureOpen();
                if (state == ST_PENDING)
                    throw new ConnectionPendingException();
                if (localAddress != null || hasConnected())
                    throw new AlreadyBoundException();
                VsockSocketAddress endpoint = AddressResolver.requireVsockOrAny(local);
                Permissions.checkListen(endpoint);
                localAddress = descriptor.transport().bind(descriptor.fd(), endpoint);
                translation = translation.boundTo(local);
            }
        } finally {
            descriptor.unlockBoth();
        }
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
            return localAddress();
        }
    }

    /** Asks the kernel late, because most programs never need the address. A closed channel has the last answer. */
    @Override
    public InetSocketAddress localAddress() {
        synchronized (descriptor) {
            return translation.local(localEndpoint());
        }
    }

    /** Ignores a failure, since neither a getter nor a close should fail for it: the address is then not known. */
    private void askForLocalAddress() {
        Transport transport = descriptor.transport();
        try {
            localAddress = state == ST_ACCEPTED ? transport.acceptedEndpoint(descriptor.fd(), remoteAddress)
                : transport.localEndpoint(descriptor.fd());
        } catch (IOException untold) {
            localAddress = null; // the next call asks again
        }
    }

    @Override
    public InetSocketAddress remoteAddress() {
        synchronized (descriptor) {
            return translation.remote(remoteAddress);
        }
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
            return remoteAddress();
        }
    }

    /** The endpoint of the peer, for messages. */
    final VsockSocketAddress peer() {
        synchronized (descriptor) {
            return remoteAddress;
        }
    }

    // -- what is counted and recorded

    @Override
    public SocketKind kind() {
        return descriptor.hasRecords() ? SocketKind.RECORDS : SocketKind.STREAM;
    }

    @Override
    public VsockSocketAddress localEndpoint() {
        synchronized (descriptor) {
            if (localAddress == null && isConnected())
                askForLocalAddress();
            return localAddress;
        }
    }

    @Override
    public VsockSocketAddress peerEndpoint() {
        synchronized (descriptor) {
            return hasConnected() ? remoteAddress : null;
        }
    }

    /** A listener has accepted this connection, and is about to hand it to the program. */
    void countAccepted(VsockSocketAddress listener) {
        Counters.accepted();
        descriptor.noteBeginning();
        if (Recorder.isOn())
            AcceptEvent.tell(listener, peer(), descriptor.transport().toString());
    }

    /**
     * Counts the end of the connect that is under way. A thread that connects, and one that closes the channel, may
     * both come here; the first one tells.
     *
     * @param errorOrNull null: it has succeeded
     */
    private void countConnect(String errorOrNull) {
        synchronized (descriptor) {
            if (!connecting)
                return;
            connecting = false;
        }
        tellConnect(errorOrNull);
    }

    private void tellConnect(String errorOrNull) {
        if (errorOrNull == null)
            Counters.connected();
        else
            Counters.connectFailed();
        SocketHistory history = descriptor.historyOrNull();
        if (history != null)
            history.connectEnded(localEndpoint(), peer(), descriptor.transport().toString(), errorOrNull);
    }

    private static String errorOf(IOException failure) {
        return failure instanceof ClosedChannelException ? CLOSED_MEANWHILE
            : Objects.requireNonNullElseGet(failure.getMessage(), failure::toString);
    }

    /** Counts the end of the connection by an error, once. Returns the failure of the operation that has met it. */
    final IOException broken(String operation, int errno, IOException failure) {
        boolean ends = errno != Errno.EMSGSIZE && errno != Errno.ENOMEM; // the next operation may succeed
        if (ends && descriptor.tryBreak()) {
            Counters.reset();
            if (Recorder.isOn())
                ResetEvent.tell(operation, localEndpoint(), peer(), failure.getMessage());
        }
        return failure;
    }

    // -- options

    final SocketOptions options() {
        SocketOptions its = options;
        if (its != null)
            return its;
        synchronized (descriptor) {
            PendingConnect pending = pendingConnect;
            if (options == null)
                options = pending != null ? pending.options : newOptions(); // the pending connect has some already
            return options;
        }
    }

    private SocketOptions newOptions() {
        return state == ST_ACCEPTED && !descriptor.isInherited() ? SocketOptions.ofAccepted(descriptor)
            : SocketOptions.ofConnection(descriptor);
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> option, T value) throws IOException {
        options().set(option, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return options().get(option);
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return options().supported();
    }

    @Override
    public Socket socket() {
        synchronized (descriptor) {
            if (socket == null)
                socket = VsockSocketAdaptor.of(this);
            return socket;
        }
    }

    @Override
    public void ignoreInterrupts() {
        descriptor.ignoreInterrupts();
    }

    /** Begins a read or a connect, under the locks of it; {@link #endRead} must follow in any case. */
    private void beginRead() throws ClosedChannelException {
        if (descriptor.isInterruptible())
            begin();
        descriptor.enterRead();
    }

    private void endRead(boolean completed) throws AsynchronousCloseException {
        descriptor.exitRead();
        if (descriptor.isBlocking())
            end(completed);
    }

    /** Closes the channel if the current thread is interrupted, as an operation does that ends before it begins. */
    private void actOnInterrupt() throws AsynchronousCloseException {
        if (descriptor.isInterruptible()) {
            begin();
            end(false);
        }
    }

    // -- connecting

    @Override
    public boolean isConnected() {
        return hasConnected() && isOpen();
    }

    @Override
    public boolean isConnectionPending() {
        return state == ST_PENDING && isOpen();
    }

    @Override
    public boolean connect(SocketAddress remote) throws IOException {
        return connect(remote, 0, false);
    }

    @Override
    public void connect(SocketAddress remote, long timeoutNanos) throws IOException {
        connect(remote, timeoutNanos, true);
    }

    private boolean connect(SocketAddress remote, long timeoutNanos, boolean mustBlock) throws IOException {
        VsockSocketAddress endpoint = AddressResolver.requireVsock(remote, Use.CONNECT);
        VsockSocketAddress destination = descriptor.transport().destination(endpoint);
        Permissions.checkConnect(destination);
        return connectOrClose(destination, remote, timeoutNanos, mustBlock);
    }

    @Override
    public boolean finishConnect() throws IOException {
        return connectOrClose(null, null, 0, false);
    }

    /**
     * A connect excludes reads and writes, and a failed one closes the channel.
     *
     * @param remoteOrNull null: goes on with the pending connect
     * @param requested the program's address for it
     */
    private boolean connectOrClose(VsockSocketAddress remoteOrNull, SocketAddress requested, long timeoutNanos,
                                   boolean mustBlock) throws IOException {

        try {
            descriptor.lockBoth();
            try {
                if (remoteOrNull == null && isConnected())
                    return true;
                if (mustBlock)
                    descriptor.ensureBlocking();
                descriptor.ensureOpen();
                return lockedConnect(remoteOrNull, requested, timeoutNanos);
            } finally {
                descriptor.unlockBoth();
            }
        } catch (IOException e) {
            countConnect(errorOf(e)); // before the close, which would tell another end
            close();
            throw e;
        }
    }

    private boolean lockedConnect(VsockSocketAddress remoteOrNull, SocketAddress requested, long timeoutNanos)
        throws IOException {

        boolean blocking = descriptor.isBlocking();
        boolean connected = false;
        try {
            beginRead();
            PendingConnect connect = remoteOrNull == null ? pendingConnect()
                : beginConnect(remoteOrNull, requested, timeoutNanos);
            descriptor.configureForCurrentThread();
            if (blocking)
                descriptor.configureBlocking(false);
            long deadline = ChannelDescriptor.deadlineAfter(timeoutNanos);
            String timedOut = timeoutNanos == 0 ? null
                : "connect to " + remoteOrNull + ": no answer within " + timeoutNanos / 1_000_000 + " ms";
            int result;
            do {
                result = connect.poll();
            } while (descriptor.awaitRetry(blocking, result, connect::await, deadline, timedOut));
            if (blocking)
                descriptor.tryRestoreBlocking();
            connected = result > 0 && isOpen();
        } finally {
            endConnect(connected);
        }
        return connected;
    }

    private PendingConnect beginConnect(VsockSocketAddress remote, SocketAddress requested, long timeoutNanos)
        throws IOException {

        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (hasConnected())
                throw new AlreadyConnectedException();
            if (state == ST_PENDING)
                throw new ConnectionPendingException();
            remoteAddress = remote;
            connecting = true;
            descriptor.noteConnect();
            translation = translation.connectedTo(requested);
            pendingConnect = connectTo(remote, timeoutNanos);
            state = ST_PENDING;
            return pendingConnect;
        }
    }

    private PendingConnect connectTo(VsockSocketAddress remote, long timeoutNanos) throws IOException {
        AttachedGuest guest = AttachedGuests.findOrNull(remote.getCid());
        if (guest == null)
            return TransportConnect.of(descriptor, options == null ? newOptions() : options, remote,
                localAddress != null, timeoutNanos);
        if (descriptor.hasRecords())
            throw Errno.connectFailed(Errno.ESOCKTNOSUPPORT, remote);
        return GuestConnect.of(descriptor, options(), remote, guest, timeoutNanos);
    }

    private PendingConnect pendingConnect() throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (state != ST_PENDING)
                throw new NoConnectionPendingException();
            return pendingConnect;
        }
    }

    private void endConnect(boolean connected) throws IOException {
        boolean first = false; // not told by a close
        synchronized (descriptor) {
            if (connected && isOpen()) {
                first = connecting;
                connecting = false;
                if (pendingConnect.localAddressOrNull() != null)
                    localAddress = pendingConnect.localAddressOrNull();
                state = ST_CONNECTED; // before finish(), which lets selectors look at it again
            }
        }
        if (connected) {
            if (first)
                tellConnect(null);
            pendingConnect.finish();
            pendingConnect = null;
        }
        endRead(connected);
    }

    // -- reading

    @Override
    public int read(ByteBuffer dst) throws IOException {
        Objects.requireNonNull(dst);
        return ChannelStreams.mayBeCaller(this, dst) ? streams(this).read(dst) : read(dst, 0, false);
    }

    /** @param channel the one of which the program has streams: this one, or a deferred one that has become this */
    public ChannelStreams streams(SelectableChannel channel) {
        assert Thread.holdsLock(channel.blockingLock());
        WriteLock holder = descriptor.writeLock;
        if (holder.streams == null)
            holder.streams = new VsockStreams(channel, this);
        return holder.streams;
    }

    /** Reads what is there now; 0 if nothing is, or if another thread reads. */
    int tryRead(ByteBuffer dst) throws IOException {
        if (!descriptor.readLock.tryLock())
            return 0;
        try {
            ensureConnected();
            return (int) lockedRead(dst, null, ChannelDescriptor.NO_DEADLINE, false);
        } finally {
            descriptor.readLock.unlock();
        }
    }

    @Override
    public int read(ByteBuffer dst, long timeoutNanos) throws IOException {
        return read(dst, timeoutNanos, true);
    }

    int read(ByteBuffer dst, long timeoutNanos, boolean mustBlock) throws IOException {
        long deadline = descriptor.lockRead(timeoutNanos, READ_TIMED_OUT);
        try {
            ensureConnected();
            if (mustBlock)
                descriptor.ensureBlocking();
            return (int) lockedRead(dst, null, deadline, descriptor.isBlocking());
        } finally {
            descriptor.readLock.unlock();
        }
    }

    /** @param parts of several buffers; null: into dst alone */
    private long lockedRead(ByteBuffer dst, ScatterGather parts, long deadline, boolean waits) throws IOException {
        int position = parts != null ? 0 : dst.position();
        long room = parts != null ? parts.remaining() : BufferIo.remaining(dst, position);
        long n = 0;
        try {
            beginRead();
            ensureNotReset();
            if (inputShutdown)
                return EOF;
            if (parts == null)
                requireWritable(dst);
            if (room == 0)
                return 0;
            descriptor.configureForCurrentThread();
            int flags = waitsInSystemCall(waits, deadline) ? 0 : Constants.MSG_DONTWAIT;
            do {
                n = parts != null ? BufferIo.receive(descriptor.fd(), parts, flags)
                    : receive(dst, position, (int) room, flags);
            } while (descriptor.awaitRetry(waits, n, Constants.POLLIN, deadline, READ_TIMED_OUT));
        } finally {
            if (n > 0)
                descriptor.countRead(Math.min(n, room));
            endRead(n > 0);
        }
        likelyReadable = n >= BufferIo.ARRAY_MINIMUM;
        return readResult(n, room);
    }

    /** Returns whether the operation waits in the system call. If not, but it has to wait, the thread parks. */
    private static boolean waitsInSystemCall(boolean waits, long deadline) {
        return waits && deadline == ChannelDescriptor.NO_DEADLINE && !BlockedThread.isCurrentVirtual();
    }

    int receive(ByteBuffer dst, int position, int room, int flags) {
        return BufferIo.receive(descriptor.fd(), dst, position, room, flags, likelyReadable);
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, dsts.length);
        ensureConnected();
        if (inputShutdown) {
            actOnInterrupt();
            return EOF;
        }
        for (int i = offset; i < offset + length; i++)
            requireWritable(dsts[i]);
        return scatter(dsts, offset, length);
    }

    long scatter(ByteBuffer[] dsts, int offset, int length) throws IOException {
        descriptor.readLock.lock();
        try {
            ensureConnected();
            if (readParts == null)
                readParts = new ScatterGather();
            return lockedRead(null, readParts.take(dsts, offset, length), ChannelDescriptor.NO_DEADLINE,
                descriptor.isBlocking());
        } finally {
            if (readParts != null)
                readParts.clear();
            descriptor.readLock.unlock();
        }
    }

    long readResult(long n, long room) throws IOException {
        assert descriptor.readLock.isHeldByCurrentThread() && n <= room;
        if (n > 0)
            return n;
        if (n < 0 && !isOpen())
            throw new AsynchronousCloseException(); // in non-blocking mode
        long result = n == -Errno.ENOTCONN && !inputShutdown ? resultOfNotConnected() : n;
        boolean hasEnded = result == 0 || inputShutdown;
        if (hasEnded && (inputShutdown || !descriptor.isReset()))
            return EOF;
        if (ChannelDescriptor.isRetryable(result))
            return 0;
        int errno = hasEnded ? Errno.ECONNRESET : (int) -result;
        if (errno == Errno.ECONNRESET)
            connectionReset = true;
        throw broken("read", errno, Errno.readFailed(errno, remoteAddress));
    }

    /**
     * Tells the end of the stream, 0, from a reset. shutdown(2) makes Linux forget that the peer has ended the
     * connection: vsock_shutdown (6.1) clears SOCK_DONE. Reads fail then as they do after the device has reset the
     * connection, which SO_ERROR tells.
     */
    private long resultOfNotConnected() {
        int error = descriptor.takeError();
        return error != 0 ? -error : outputShutdown ? 0 : -Errno.ENOTCONN;
    }

    private void ensureNotReset() throws IOException {
        if (connectionReset)
            throw Errno.readFailed(Errno.ECONNRESET, remoteAddress);
    }

    private static void requireWritable(ByteBuffer dst) {
        if (dst.isReadOnly())
            throw new IllegalArgumentException("Read-only buffer");
    }

    @Override
    public int available() throws IOException {
        synchronized (descriptor) {
            ensureConnected();
            if (inputShutdown)
                return 0;
            return Math.max(0, NATIVES.available(descriptor.fd())); // an error: not known
        }
    }

    // -- writing

    @Override
    public int write(ByteBuffer src) throws IOException {
        Objects.requireNonNull(src);
        return ChannelStreams.mayBeCaller(this, src) ? streams(this).write(src) : write(src, false);
    }

    /** Writes what there is room for now. If the caller is not a stream, this waits, and writes all. */
    int lockedWriteOfStream(ByteBuffer src) throws IOException {
        ensureOutputOpen();
        return (int) lockedWrite(src, null, false, true);
    }

    int lockedWriteBlocking(ByteBuffer src) throws IOException {
        ensureOutputOpen();
        descriptor.ensureBlocking();
        return (int) lockedWrite(src, null, false, false);
    }

    @Override
    public void writeFully(ByteBuffer src) throws IOException {
        write(src, true);
    }

    /** @param fully whether a write that a close cuts short fails; otherwise it returns how much was written */
    private int write(ByteBuffer src, boolean fully) throws IOException {
        descriptor.writeLock.lock();
        try {
            ensureOutputOpen();
            if (fully)
                descriptor.ensureBlocking();
            return (int) lockedWrite(src, null, fully, false);
        } finally {
            descriptor.writeLock.unlock();
        }
    }

    /**
     * @param parts of several buffers; null: from src alone
     * @param ofStream whether the caller may be a stream. A stream's write does not wait here.
     */
    long lockedWrite(ByteBuffer src, ScatterGather parts, boolean fully, boolean ofStream) throws IOException {
        boolean blocking = descriptor.isBlocking();
        int position = parts != null ? 0 : src.position();
        long length = parts != null ? parts.remaining() : BufferIo.remaining(src, position);
        long written = 0;
        long n = 0;
        try {
            if (descriptor.isInterruptible())
                begin();
            descriptor.enterWrite();
            if (length == 0)
                return 0;
            descriptor.configureForCurrentThread();
            boolean waits = blocking;
            boolean undecided = ofStream;
            int flags = !undecided && waitsInSystemCall(blocking, ChannelDescriptor.NO_DEADLINE) ? 0
                : Constants.MSG_DONTWAIT;
            long outcome;
            do {
                n = parts != null ? BufferIo.send(descriptor.fd(), parts, flags)
                    : BufferIo.send(descriptor.fd(), src, position + (int) written, (int) (length - written),
                        flags);
                outcome = n;
                if (n > 0) {
                    written += n;
                    descriptor.countWritten(n);
                    outcome = -Errno.EINTR; // for the rest, another call at once
                } else if (undecided && n == -Errno.EAGAIN) {
                    undecided = false;
                    waits = !ChannelStreams.areCaller();
                    if (waits && waitsInSystemCall(blocking, ChannelDescriptor.NO_DEADLINE)) {
                        flags = 0; // no poll: it would not see that the output is shut down
                        outcome = -Errno.EINTR;
                    }
                }
            } while (written < length && descriptor.awaitRetry(waits, outcome, Constants.POLLOUT));
        } finally {
            endWrite(fully ? written == length : written > 0);
        }
        return writeResult(fully && n < 0 ? 0 : written, n);
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        ensureOutputOpen();
        return gather(srcs, offset, length);
    }

    long gather(ByteBuffer[] srcs, int offset, int length) throws IOException {
        descriptor.writeLock.lock();
        try {
            ensureOutputOpen();
            if (writeParts == null)
                writeParts = new ScatterGather();
            return lockedWrite(null, writeParts.take(srcs, offset, length), false, false);
        } finally {
            if (writeParts != null)
                writeParts.clear();
            descriptor.writeLock.unlock();
        }
    }

    final void ensureOutputOpen() throws ClosedChannelException {
        ensureConnected();
        if (outputShutdown) {
            actOnInterrupt();
            throw new ClosedChannelException();
        }
    }

    private void endWrite(boolean completed) throws AsynchronousCloseException {
        descriptor.exitWrite();
        if (descriptor.isBlocking())
            end(completed);
        if (!completed && outputShutdown)
            throw new AsynchronousCloseException();
    }

    private long writeResult(long written, long n) throws IOException {
        if (n < 0 && !ChannelDescriptor.isRetryable(n) && written == 0) {
            int errno = errnoOfWrite((int) -n);
            throw broken("write", errno, Errno.writeFailed(errno, remoteAddress));
        }
        return written;
    }

    /** A reset of the device makes the kernel forget the connection. */
    final int errnoOfWrite(int errno) {
        boolean reset = errno == Errno.ECONNRESET || errno == Errno.EPIPE && descriptor.isReset()
            || errno == Errno.ENOTCONN && descriptor.takeError() == Errno.ECONNRESET;
        if (reset)
            descriptor.noteReset(); // a read would report the end of the stream
        return reset ? Errno.ECONNRESET : errno;
    }

    // -- shutdown and close

    @Override
    public SocketChannel shutdownInput() throws IOException {
        synchronized (descriptor) {
            ensureConnected();
            if (!inputShutdown) {
                inputShutdown = true; // before shutdown(2), so that a reader it wakes sees the cause
                int result = NATIVES.shutdown(descriptor.fd(), Constants.SHUT_RD);
                inputShutdown = isShutdown(result);
                descriptor.wakeReader();
                requireShutdown(result);
            }
        }
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        synchronized (descriptor) {
            ensureConnected();
            if (!outputShutdown) {
                outputShutdown = true;
                int result = NATIVES.shutdown(descriptor.fd(), Constants.SHUT_WR);
                outputShutdown = isShutdown(result);
                descriptor.wakeWriter();
                requireShutdown(result);
            }
        }
        return this;
    }

    private static boolean isShutdown(int result) {
        return result == 0 || result == -Errno.ENOTCONN; // the peer has ended both directions already
    }

    private void requireShutdown(int result) throws IOException {
        if (!isShutdown(result))
            throw Errno.failed(-result, "shut down the connection to " + remoteAddress);
    }

    @Override
    public boolean isInputShutdown() {
        return inputShutdown;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown;
    }

    @Override
    protected void implConfigureBlocking(boolean blocking) throws IOException {
        descriptor.changeMode(blocking);
    }

    @Override
    protected void implCloseSelectableChannel() {
        synchronized (descriptor) {
            if (localAddress == null && hasConnected())
                askForLocalAddress(); // a closed socket still returns it
        }
        PendingConnect pending = pendingConnect;
        if (pending != null)
            pending.abandon();
        countConnect(CLOSED_MEANWHILE);
        descriptor.close();
    }

    // -- selection

    @Override
    public int translateInterestOps(int interest) {
        PendingConnect pending = state == ST_PENDING ? pendingConnect : null;
        int events = pending == null ? 0 : pending.translateInterestOps(interest);
        return state == ST_PENDING ? events : eventsOf(interest); // reads the state again: it may have ended meanwhile
    }

    static int eventsOf(int interest) {
        return ((interest & SelectionKey.OP_READ) != 0 ? Constants.POLLIN : 0)
            | ((interest & (SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)) != 0 ? Constants.POLLOUT : 0);
    }

    @Override
    public int readyOpsOfBroken(int interest) {
        if (state == ST_UNCONNECTED)
            return 0; // a new socket of AF_UNIX polls like that
        boolean connects = (interest & SelectionKey.OP_CONNECT) != 0 && isConnectionPending();
        return !connects || hasConnectEnded(pendingConnect) ? interest : 0;
    }

    private static boolean hasConnectEnded(PendingConnect connectOrNull) {
        return connectOrNull == null || connectOrNull.hasEnded(); // null: with success, a moment ago
    }

    @Override
    public int readyOps(int events, int interest) {
        int ready = 0;
        PendingConnect pending = pendingConnect;
        if (isConnected()) {
            if ((events & Constants.POLLIN) != 0)
                ready |= SelectionKey.OP_READ;
            if ((events & Constants.POLLOUT) != 0)
                ready |= SelectionKey.OP_WRITE;
        } else if (pending != null && isConnectionPending() && (interest & SelectionKey.OP_CONNECT) != 0
            && (events & pending.event()) != 0 && pending.hasEnded()) {
            ready |= SelectionKey.OP_CONNECT;
        }
        return ready & interest;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(SocketChannel.class.getName()).append('[');
        synchronized (descriptor) {
            if (!isOpen())
                text.append("closed");
            else if (hasConnected())
                text.append("connected").append(inputShutdown ? " ishut" : "").append(outputShutdown ? " oshut" : "");
            else
                text.append(state == ST_PENDING ? "connection-pending" : "unconnected");
            if (isOpen() && localAddress() != null)
                text.append(" local=").append(localAddress());
            if (isOpen() && remoteAddress != null)
                text.append(" remote=").append(remoteAddress());
        }
        return text.append(']').toString();
    }
}
