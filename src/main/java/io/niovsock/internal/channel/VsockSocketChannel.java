// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.jdk.DirectMemory;
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
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** A connection over vsock, or a socket that is to become one. */
public final class VsockSocketChannel extends SocketChannel implements SelectableSocket, VsockSocketAdaptor.Connection {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final DirectMemory MEMORY = DirectMemory.of(MethodHandles.lookup());
    private static final int EOF = -1;

    /**
     * How long a connect goes on where the program sets no limit, in nanoseconds: about as long as TCP's. The kernel gives
     * up after 2 s; the attempt is then made anew.
     */
    private static final long CONNECT_NANOS = 120_000_000_000L;

    private final Transport transport;
    private final ChannelDescriptor lifecycle;
    private final int fd;
    private final boolean accepted;
    private final boolean records; // SOCK_SEQPACKET: a write is a record
    private final Parking parking; // in place of getFD(); null: sendfile(2) may know the descriptor

    // Lock order: readLock, writeLock, connectLock, lifecycle. A connecting thread holds the first two; nothing blocks under
    // the last two. Selectors take connectLock: whether a connect has ended, two of them and finishConnect agree on.
    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();
    private final ReentrantLock connectLock = new ReentrantLock();

    private volatile boolean interruptsIgnored;

    // -- guarded by readLock

    private boolean connectionReset;
    private boolean flowing; // the last read got so much that there may be more by now
    private ScatterGather readParts; // null: no read has scattered yet

    // -- guarded by writeLock

    private ScatterGather writeParts; // null: no write has gathered yet

    // -- guarded by connectLock

    private int connectResult; // of the pending connect, as a selector has found it; 0: not known

    // -- guarded by lifecycle

    private static final int ST_UNCONNECTED = 0;
    private static final int ST_PENDING = 1;
    private static final int ST_CONNECTED = 2;
    private volatile int state; // only grows; a closed channel is told by isOpen()

    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private VsockSocketAddress localAddress; // null: not bound, or connected and not asked for yet
    private VsockSocketAddress remoteAddress;
    private long connectDeadlineNanos;
    private final SocketOptions options;
    private Socket socket;

    // -- end of what is guarded by lifecycle

    /** A new socket, of a type such as {@link Constants#SOCK_STREAM}. */
    public VsockSocketChannel(SelectorProvider provider, Transport transport, int type) throws IOException {
        super(provider);
        this.accepted = false;
        this.transport = transport;
        this.fd = transport.socket(type | Constants.SOCK_NONBLOCK);
        this.records = type == Constants.SOCK_SEQPACKET;
        this.lifecycle = new ChannelDescriptor(this, fd, false); // until it is connected
        this.parking = parkingWithoutDescriptor();
        this.options = SocketOptions.ofConnection(transport, lifecycle);
    }

    /** A new non-blocking socket behind a number that belongs to another channel, which closes it. */
    public VsockSocketChannel(SelectorProvider provider, Transport transport, int fd, Closeable owner) {
        super(provider);
        this.accepted = false;
        this.transport = transport;
        this.fd = fd;
        this.records = false;
        this.lifecycle = new ChannelDescriptor(this, fd, owner, false);
        this.parking = parkingWithoutDescriptor();
        this.options = SocketOptions.ofConnection(transport, lifecycle);
    }

    /** A connection that a listener with the given options has accepted. */
    public VsockSocketChannel(SelectorProvider provider, Transport transport, int fd, boolean records, VsockSocketAddress remote,
                       SocketOptions listener) throws IOException {
        super(provider);
        this.accepted = true;
        this.transport = transport;
        this.fd = fd;
        this.records = records;
        this.lifecycle = new ChannelDescriptor(this, fd, true);
        this.parking = parkingWithoutDescriptor();
        this.options = SocketOptions.ofAccepted(transport, lifecycle, listener);
        this.remoteAddress = remote;
        this.state = ST_CONNECTED;
    }

    /** A connection that this process was started with, and that some process has accepted or made. */
    public VsockSocketChannel(SelectorProvider provider, Transport transport, InheritedSocket inherited, VsockSocketAddress remote) {
        super(provider);
        this.accepted = true;
        this.transport = transport;
        this.fd = inherited.fd();
        this.records = Transport.typeOf(fd) == Constants.SOCK_SEQPACKET;
        this.lifecycle = new ChannelDescriptor(this, inherited);
        this.parking = parkingWithoutDescriptor();
        this.options = SocketOptions.ofConnection(transport, lifecycle);
        this.remoteAddress = remote;
        this.state = ST_CONNECTED;
    }

    private void ensureConnected() throws ClosedChannelException {
        lifecycle.ensureOpen();
        if (state != ST_CONNECTED)
            throw new NotYetConnectedException();
    }

    // -- addresses and options

    @Override
    public SocketChannel bind(SocketAddress local) throws IOException {
        readLock.lock();
        try {
            writeLock.lock();
            try {
                synchronized (lifecycle) {
                    lifecycle.ensureOpen();
                    if (state == ST_PENDING)
                        throw new ConnectionPendingException();
                    if (localAddress != null || state == ST_CONNECTED)
                        throw new AlreadyBoundException();
                    VsockSocketAddress endpoint = AddressResolver.requireVsockOrAny(local);
                    Permissions.checkListen(endpoint);
                    localAddress = transport.bind(fd, endpoint);
                }
            } finally {
                writeLock.unlock();
            }
        } finally {
            readLock.unlock();
        }
        return this;
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            return localAddress();
        }
    }

    /** Asked for late, because most programs never want to know. A closed channel knows what was asked for before. */
    @Override
    public VsockSocketAddress localAddress() {
        synchronized (lifecycle) {
            if (localAddress == null && isConnected())
                askForLocalAddress();
            return localAddress;
        }
    }

    /** Neither a getter nor a close fails for it: a socket whose address the kernel does not tell has none. */
    private void askForLocalAddress() {
        try {
            localAddress = accepted ? transport.acceptedEndpoint(fd, remoteAddress) : transport.localEndpoint(fd);
        } catch (IOException untold) {
            localAddress = null; // the next to ask may be told
        }
    }

    @Override
    public VsockSocketAddress remoteAddress() {
        synchronized (lifecycle) {
            return remoteAddress;
        }
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            return remoteAddress;
        }
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> option, T value) throws IOException {
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
    public Socket socket() {
        synchronized (lifecycle) {
            if (socket == null)
                socket = VsockSocketAdaptor.of(this);
            return socket;
        }
    }

    // -- interrupts

    @Override
    public void ignoreInterrupts() {
        interruptsIgnored = true;
    }

    private void beginInterruptibly() {
        if (!interruptsIgnored || BlockedThread.isCurrentVirtual())
            begin();
    }

    // -- connecting

    @Override
    public boolean isConnected() {
        return state == ST_CONNECTED && isOpen();
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
        VsockSocketAddress destination = transport.destination(AddressResolver.requireVsock(remote));
        Permissions.checkConnect(destination);
        return closingOnFailure(() -> {
            boolean blocking = lifecycle.isBlocking();
            if (mustBlock && !blocking)
                throw new IllegalBlockingModeException();
            lifecycle.ensureOpen();
            boolean connected = false;
            try {
                connected = firstAttempt(blocking, destination, Math.max(timeoutNanos, CONNECT_NANOS));
                if (blocking)
                    connected = awaitConnection(connected, timeoutNanos);
            } finally {
                endConnect(blocking, connected);
            }
            return connected;
        });
    }

    @Override
    public boolean finishConnect() throws IOException {
        return closingOnFailure(() -> {
            if (isConnected())
                return true;
            lifecycle.ensureOpen();
            boolean blocking = lifecycle.isBlocking();
            boolean connected = false;
            try {
                beginFinishConnect(blocking);
                if (blocking)
                    lifecycle.configureBlocking(false); // for another attempt
                connected = pollConnect();
                if (blocking)
                    connected = awaitConnection(connected, 0);
            } finally {
                endConnect(blocking, connected);
            }
            return connected;
        });
    }

    private interface ConnectStep {
        boolean run() throws IOException;
    }

    /** A connect excludes reads and writes, and a failed one closes the channel. */
    private boolean closingOnFailure(ConnectStep step) throws IOException {
        try {
            readLock.lock();
            try {
                writeLock.lock();
                try {
                    return step.run();
                } finally {
                    writeLock.unlock();
                }
            } finally {
                readLock.unlock();
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void beginConnect(boolean blocking, VsockSocketAddress remote, long limitNanos) throws IOException {
        if (blocking)
            beginInterruptibly();
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            if (state == ST_CONNECTED)
                throw new AlreadyConnectedException();
            if (state == ST_PENDING)
                throw new ConnectionPendingException();
            state = ST_PENDING;
            remoteAddress = remote;
            connectDeadlineNanos = System.nanoTime() + limitNanos;
            if (blocking || records)
                lifecycle.enter(lifecycle.reader());
        }
    }

    private void beginFinishConnect(boolean blocking) throws IOException {
        if (blocking)
            beginInterruptibly();
        synchronized (lifecycle) {
            lifecycle.ensureOpen();
            if (state != ST_PENDING)
                throw new NoConnectionPendingException();
            if (blocking || records)
                lifecycle.enter(lifecycle.reader());
        }
    }

    /** A selector that polls in the middle would take the socket, which is not connecting yet, for a connected one. */
    private boolean firstAttempt(boolean blocking, VsockSocketAddress remote, long limitNanos) throws IOException {
        connectLock.lock();
        try {
            beginConnect(blocking, remote, limitNanos);
            lifecycle.configureForCurrentThread();
            if (blocking)
                lifecycle.configureBlocking(false); // a signal would tear a blocking attempt down
            return attempt(isBound());
        } finally {
            connectLock.unlock();
        }
    }

    private boolean isBound() {
        synchronized (lifecycle) {
            return localAddress != null;
        }
    }

    /** One connect(2), for which the descriptor is non-blocking. The first attempt binds the socket, if that is not done. */
    private boolean attempt(boolean bound) throws IOException {
        boolean toHost = options.isToHost();
        int result = transport.connect(fd, remoteAddress, bound, toHost);
        if (result < 0 && result != -Errno.EINPROGRESS && isOpen())
            throw toHost ? Errno.connectToHostFailed(-result, remoteAddress) : Errno.connectFailed(-result, remoteAddress);
        return result == 0;
    }

    private boolean pollConnect() throws IOException {
        connectLock.lock();
        try {
            int result = connectResult != 0 ? connectResult : NATIVES.pollConnect(fd);
            if (result >= 0 || !isOpen())
                return result > 0 && isOpen();
            if (!isToBeAttemptedAgain(result))
                throw Errno.connectFailed(-result, remoteAddress);
            return attempt(true);
        } finally {
            connectLock.unlock();
        }
    }

    private boolean isToBeAttemptedAgain(int result) {
        return result == -Errno.ETIMEDOUT && !options.isConnectTimeoutSet() && System.nanoTime() - connectDeadlineNanos < 0;
    }

    /**
     * Whether a selector is to hear that the pending connect has ended. The kernel's own limit is no end: the next attempt
     * begins here, unseen, so that a {@code finishConnect} that was told to come does find an end.
     */
    private boolean hasConnectEnded() {
        connectLock.lock();
        try {
            if (!isConnectionPending() || connectResult != 0)
                return true;
            int result = NATIVES.pollConnect(fd);
            if (isToBeAttemptedAgain(result)) {
                int again = transport.connect(fd, remoteAddress, true, options.isToHost());
                result = again == 0 ? 1 : again == -Errno.EINPROGRESS ? 0 : again;
            }
            connectResult = result;
            return result != 0;
        } finally {
            connectLock.unlock();
        }
    }

    private boolean awaitConnection(boolean connected, long timeoutNanos) throws IOException {
        long start = System.nanoTime();
        while (!connected && isOpen()) {
            long left = 0; // for ever
            if (timeoutNanos > 0) {
                left = timeoutNanos - (System.nanoTime() - start);
                if (left <= 0)
                    throw new SocketTimeoutException("connect to " + remoteAddress + ": no answer within "
                        + timeoutNanos / 1_000_000 + " ms");
            }
            park(Constants.POLLOUT, left);
            connected = pollConnect();
        }
        lifecycle.tryRestoreBlocking();
        return connected && isOpen();
    }

    private void endConnect(boolean blocking, boolean connected) throws IOException {
        synchronized (lifecycle) {
            if (connected && isOpen())
                state = ST_CONNECTED;
        }
        endTransfer(blocking, lifecycle.reader(), connected);
    }

    // -- reading

    /**
     * Records are sent in non-blocking mode, too, by a system call that may block: a close must know who is in one, and so
     * it asks who is there, in every operation of such a channel, instead of waiting for the locks.
     */
    private void beginTransfer(boolean blocking, BlockedThread role) throws ClosedChannelException {
        if (blocking)
            beginInterruptibly();
        if (blocking || records)
            lifecycle.enter(role);
    }

    private void endTransfer(boolean blocking, BlockedThread role, boolean completed) throws AsynchronousCloseException {
        if (blocking || records)
            lifecycle.exit(role);
        if (blocking)
            end(completed);
    }

    /** Whether the system call waits: otherwise the thread, if it must, parks. */
    private static int transferFlags(boolean blocking) {
        return blocking && !BlockedThread.isCurrentVirtual() ? 0 : Constants.MSG_DONTWAIT;
    }

    private static boolean isRetryable(long result) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        Objects.requireNonNull(dst);
        return read(dst, 0, false);
    }

    @Override
    public int read(ByteBuffer dst, long timeoutNanos) throws IOException {
        return read(dst, timeoutNanos, true);
    }

    private int read(ByteBuffer dst, long timeoutNanos, boolean mustBlock) throws IOException {
        readLock.lock();
        try {
            ensureConnected();
            boolean blocking = lifecycle.isBlocking();
            if (mustBlock && !blocking)
                throw new IllegalBlockingModeException();
            int position = dst.position();
            int room = BufferIo.remaining(dst, position);
            int n = 0;
            try {
                beginTransfer(blocking, lifecycle.reader());
                ensureNotReset();
                if (inputShutdown)
                    return EOF;
                requireWritable(dst);
                if (room == 0)
                    return 0;
                if (timeoutNanos > 0) {
                    n = timedReceive(dst, position, room, timeoutNanos);
                } else {
                    lifecycle.configureForCurrentThread();
                    int flags = transferFlags(blocking);
                    n = receive(dst, position, room, flags);
                    while (blocking && isRetryable(n) && isOpen()) {
                        awaitRetry(n, Constants.POLLIN);
                        n = receive(dst, position, room, flags);
                    }
                }
            } finally {
                endTransfer(blocking, lifecycle.reader(), n > 0);
            }
            flowing = n >= BufferIo.ARRAY_MINIMUM;
            if (n > room)
                throw Errno.recordTruncated(n, room, remoteAddress);
            return (int) readResult(n);
        } finally {
            readLock.unlock();
        }
    }

    /** More than there was room for, where the end of a record was lost. */
    private int receive(ByteBuffer dst, int position, int room, int flags) {
        return records ? Records.receive(fd, dst, position, room, flags)
            : BufferIo.receive(fd, dst, position, room, flags, flowing);
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, dsts.length);
        ensureConnected();
        if (inputShutdown)
            return EOF;
        for (int i = offset; i < offset + length; i++)
            requireWritable(dsts[i]);
        return records ? readRecord(dsts, offset, length) : readStream(dsts, offset, length);
    }

    private long readRecord(ByteBuffer[] dsts, int offset, int length) throws IOException {
        ScatterGather parts = new ScatterGather().take(dsts, offset, length);
        ByteBuffer whole = ByteBuffer.allocate((int) Math.min(parts.remaining(), Integer.MAX_VALUE));
        try {
            return read(whole);
        } finally {
            parts.spread(whole.flip());
        }
    }

    private long readStream(ByteBuffer[] dsts, int offset, int length) throws IOException {
        readLock.lock();
        try {
            ensureConnected();
            boolean blocking = lifecycle.isBlocking();
            if (readParts == null)
                readParts = new ScatterGather();
            ScatterGather parts = readParts;
            long n = 0;
            try {
                beginTransfer(blocking, lifecycle.reader());
                ensureNotReset();
                if (inputShutdown)
                    return EOF;
                if (parts.take(dsts, offset, length).remaining() == 0)
                    return 0;
                lifecycle.configureForCurrentThread();
                n = BufferIo.receive(fd, parts);
                while (blocking && isRetryable(n) && isOpen()) {
                    awaitRetry(n, Constants.POLLIN);
                    n = BufferIo.receive(fd, parts);
                }
            } finally {
                parts.clear();
                endTransfer(blocking, lifecycle.reader(), n > 0);
            }
            return readResult(n);
        } finally {
            readLock.unlock();
        }
    }

    private int timedReceive(ByteBuffer dst, int position, int room, long timeoutNanos) throws IOException {
        long start = System.nanoTime();
        int n = receive(dst, position, room, Constants.MSG_DONTWAIT);
        while (isRetryable(n) && isOpen()) {
            long left = timeoutNanos - (System.nanoTime() - start);
            if (left <= 0)
                throw new SocketTimeoutException("Read timed out");
            park(Constants.POLLIN, left);
            n = receive(dst, position, room, Constants.MSG_DONTWAIT);
        }
        return n;
    }

    /** A system call that a signal ended is tried again at once; one that would block waits for the event first. */
    private void awaitRetry(long result, int event) throws IOException {
        if (result == -Errno.EAGAIN)
            park(event);
    }

    private long readResult(long n) throws IOException {
        assert readLock.isHeldByCurrentThread();
        if (n > 0)
            return n;
        if (n < 0 && !isOpen())
            throw new AsynchronousCloseException(); // in non-blocking mode, of a channel of records
        if (n == 0 || inputShutdown)
            return EOF;
        if (isRetryable(n))
            return 0;
        if (n == -Errno.ECONNRESET)
            connectionReset = true;
        throw Errno.readFailed((int) -n, remoteAddress);
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
        synchronized (lifecycle) {
            ensureConnected();
            if (inputShutdown)
                return 0;
            return Math.max(0, NATIVES.available(fd)); // where nothing can be told, nothing is known to be there
        }
    }

    // -- writing

    @Override
    public int write(ByteBuffer src) throws IOException {
        return write(Objects.requireNonNull(src), false);
    }

    @Override
    public void writeFully(ByteBuffer src) throws IOException {
        write(src, true);
    }

    /** @param fully whether a write that a close cuts short has failed; a channel's own reports what it has moved */
    private int write(ByteBuffer src, boolean fully) throws IOException {
        return records ? writeRecord(src, fully) : writeStream(src, fully);
    }

    private int writeStream(ByteBuffer src, boolean fully) throws IOException {
        writeLock.lock();
        try {
            ensureOutputOpen();
            boolean blocking = lifecycle.isBlocking();
            if (fully && !blocking)
                throw new IllegalBlockingModeException();
            int position = src.position();
            int length = BufferIo.remaining(src, position);
            int written = 0;
            int n = 0;
            try {
                beginTransfer(blocking, lifecycle.writer());
                lifecycle.configureForCurrentThread();
                int flags = transferFlags(blocking);
                while (written < length) {
                    n = BufferIo.send(fd, src, position + written, length - written, flags);
                    written += Math.max(n, 0);
                    if (!blocking || !isOpen() || n <= 0 && !isRetryable(n))
                        break;
                    awaitRetry(n, Constants.POLLOUT);
                }
            } finally {
                endWrite(blocking, fully ? written == length : written > 0);
            }
            return (int) writeResult(fully && n < 0 ? 0 : written, n);
        } finally {
            writeLock.unlock();
        }
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        ensureOutputOpen();
        return records ? writeRecord(srcs, offset, length) : writeStream(srcs, offset, length);
    }

    private long writeStream(ByteBuffer[] srcs, int offset, int length) throws IOException {
        writeLock.lock();
        try {
            ensureOutputOpen();
            boolean blocking = lifecycle.isBlocking();
            if (writeParts == null)
                writeParts = new ScatterGather();
            ScatterGather parts = writeParts;
            long written = 0;
            long n = 0;
            try {
                beginTransfer(blocking, lifecycle.writer());
                lifecycle.configureForCurrentThread();
                parts.take(srcs, offset, length);
                while (parts.remaining() > 0) {
                    n = BufferIo.send(fd, parts);
                    written += Math.max(n, 0);
                    if (!blocking || !isOpen() || n <= 0 && !isRetryable(n))
                        break;
                    awaitRetry(n, Constants.POLLOUT);
                }
            } finally {
                parts.clear();
                endWrite(blocking, written > 0);
            }
            return writeResult(written, n);
        } finally {
            writeLock.unlock();
        }
    }

    // -- writing records: whole or not at all

    private long writeRecord(ByteBuffer[] srcs, int offset, int length) throws IOException {
        ensureOutputOpen();
        ScatterGather parts = new ScatterGather().take(srcs, offset, length);
        long size = parts.remaining();
        if (size > options.recordLimit() || size > Integer.MAX_VALUE)
            throw Errno.recordFailed(Errno.EMSGSIZE, size, options.bufferSizeOrUnknown(), remoteAddress);
        int n = write(parts.gather());
        parts.advance(n);
        return n;
    }

    /** An empty record is none. */
    private int writeRecord(ByteBuffer src, boolean fully) throws IOException {
        writeLock.lock();
        try {
            ensureOutputOpen();
            boolean blocking = lifecycle.isBlocking();
            if (fully && !blocking)
                throw new IllegalBlockingModeException();
            int position = src.position();
            int length = BufferIo.remaining(src, position);
            if (length == 0)
                return 0;
            int n = -Errno.EMSGSIZE;
            try {
                if (blocking)
                    beginInterruptibly();
                if (length <= options.recordLimit())
                    n = sendRecord(src, position, length, blocking);
            } finally {
                if (blocking)
                    end(n > 0);
                if (n <= 0 && outputShutdown)
                    throw new AsynchronousCloseException();
            }
            if (n > 0)
                src.position(position + n);
            return recordResult(n, length);
        } finally {
            writeLock.unlock();
        }
    }

    /** The calling thread finds the address: a buffer of a confined arena gives it to no other. */
    private int sendRecord(ByteBuffer src, int position, int length, boolean blocking) throws IOException {
        ByteBuffer copy = src.isDirect() ? null : BufferIo.borrowCopy(src, position, length);
        try {
            if (copy != null)
                return sendRecord(MEMORY.address(copy, length), length, blocking);
            Runnable hold = MEMORY.hold(src);
            try {
                return sendRecord(MEMORY.address(src, hold, position, length), length, blocking);
            } finally {
                MEMORY.release(hold);
            }
        } finally {
            if (copy != null)
                MEMORY.giveBack(copy);
        }
    }

    private int sendRecord(long address, int length, boolean blocking) throws IOException {
        return transport.isSendingRecordsBlocking() && BlockedThread.isCurrentVirtual()
            ? Records.callOnPlatformThread(() -> enterAndSendRecord(address, length, blocking))
            : enterAndSendRecord(address, length, blocking);
    }

    /** By the thread that makes the system call, which a close wakes. */
    private int enterAndSendRecord(long address, int length, boolean blocking) throws IOException {
        try {
            lifecycle.enter(lifecycle.writer());
            lifecycle.configureForCurrentThread();
            int n = transport.sendRecord(fd, address, length, blocking);
            while (blocking && isOpen() && (n == -Errno.EAGAIN || n == -Errno.EINTR && !transport.isSendingRecordsBlocking())) {
                awaitRetry(n, Constants.POLLOUT);
                n = transport.sendRecord(fd, address, length, blocking);
            }
            return n;
        } finally {
            lifecycle.exit(lifecycle.writer());
        }
    }

    private int recordResult(int n, int length) throws IOException {
        if (n < 0 && !isOpen())
            throw new AsynchronousCloseException(); // in non-blocking mode, in the middle of a record
        if (n >= 0 || n == -Errno.EAGAIN)
            return Math.max(n, 0);
        if (n == -Errno.ETIMEDOUT)
            shutdownOutput(); // what follows would arrive behind the part that was sent
        throw Errno.recordFailed(-n, length, options.bufferSizeOrUnknown(), remoteAddress);
    }

    private void ensureOutputOpen() throws ClosedChannelException {
        ensureConnected();
        if (outputShutdown)
            throw new ClosedChannelException();
    }

    private void endWrite(boolean blocking, boolean completed) throws AsynchronousCloseException {
        endTransfer(blocking, lifecycle.writer(), completed);
        if (!completed && outputShutdown)
            throw new AsynchronousCloseException();
    }

    private long writeResult(long written, long n) throws IOException {
        if (n < 0 && !isRetryable(n) && written == 0)
            throw Errno.writeFailed((int) -n, remoteAddress);
        return written;
    }

    // -- shutdown and close

    @Override
    public SocketChannel shutdownInput() throws IOException {
        synchronized (lifecycle) {
            ensureConnected();
            if (!inputShutdown) {
                inputShutdown = true; // first: who is ended by it must find out why
                int result = NATIVES.shutdown(fd, Constants.SHUT_RD);
                inputShutdown = isShutdown(result);
                lifecycle.wake(lifecycle.reader());
                requireShutdown(result);
            }
        }
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() throws IOException {
        synchronized (lifecycle) {
            ensureConnected();
            if (!outputShutdown) {
                outputShutdown = true;
                int result = NATIVES.shutdown(fd, Constants.SHUT_WR);
                outputShutdown = isShutdown(result);
                lifecycle.wake(lifecycle.writer());
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
        boolean blocking = lifecycle.isBlocking() || records;
        synchronized (lifecycle) {
            if (localAddress == null && state == ST_CONNECTED)
                askForLocalAddress(); // a closed socket still tells it, and may be asked for the first time then
            lifecycle.beginClose();
            if (!lifecycle.isInherited())
                transport.end(fd, isRegistered());
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

    /** In non-blocking mode transfers end by themselves, at once. */
    private void awaitTransfers() {
        readLock.lock();
        readLock.unlock();
        writeLock.lock();
        writeLock.unlock();
    }

    // -- selection

    /** For what sendfile(2) does badly: it would make a record of each page, and is slow on some kernels. */
    private Parking parkingWithoutDescriptor() {
        return records || !transport.isSendfileFast() ? new Parking(lifecycle.descriptor(), fd) : null;
    }

    /** None where the JDK, which sends files by sendfile(2) if there is one, does better by writing from a mapping. */
    @Override
    public FileDescriptor getFD() {
        return parking != null ? null : lifecycle.descriptor();
    }

    @Override
    public void park(int event, long nanos) throws IOException {
        if (parking != null)
            parking.park(event, nanos);
        else
            SelectableSocket.super.park(event, nanos);
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
            | ((interest & (SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)) != 0 ? Constants.POLLOUT : 0);
    }

    @Override
    public int readyOpsOfBroken(int interest) {
        if (state == ST_UNCONNECTED)
            return 0; // AF_UNIX says so of a socket that nothing has happened to
        return (interest & SelectionKey.OP_CONNECT) == 0 || hasConnectEnded() ? interest : 0;
    }

    @Override
    public int readyOps(int events, int interest) {
        int ready = 0;
        if (isConnected()) {
            if ((events & Constants.POLLIN) != 0)
                ready |= SelectionKey.OP_READ;
            if ((events & Constants.POLLOUT) != 0)
                ready |= SelectionKey.OP_WRITE;
        } else if (isConnectionPending() && (interest & SelectionKey.OP_CONNECT) != 0 && (events & Constants.POLLOUT) != 0
            && hasConnectEnded()) {
            ready |= SelectionKey.OP_CONNECT;
        }
        return ready & interest;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(SocketChannel.class.getName()).append('[');
        synchronized (lifecycle) {
            if (!isOpen())
                text.append("closed");
            else if (state == ST_CONNECTED)
                text.append("connected").append(inputShutdown ? " ishut" : "").append(outputShutdown ? " oshut" : "");
            else
                text.append(state == ST_PENDING ? "connection-pending" : "unconnected");
            if (isOpen() && localAddress() != null)
                text.append(" local=").append(localAddress());
            if (isOpen() && remoteAddress != null)
                text.append(" remote=").append(remoteAddress);
        }
        return text.append(']').toString();
    }
}
