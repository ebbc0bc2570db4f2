// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.adaptor.VsockSocketAdaptor;
import io.niovsock.internal.address.AddressResolver;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.jdk.DirectMemory;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.Transport;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
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
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** A connection over vsock, or a socket that is to become one. */
public final class VsockSocketChannel extends SocketChannel implements VsockChannel, VsockSocketAdaptor.Connection {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final DirectMemory MEMORY = DirectMemory.of(MethodHandles.lookup());
    private static final int EOF = -1;

    /**
     * How long a connect goes on where the program sets no limit, in nanoseconds: about as long as TCP's. The kernel gives
     * up after 2 s; the attempt is then made anew.
     */
    private static final long CONNECT_NANOS = 120_000_000_000L;

    private final Transport transport;
    private final ChannelDescriptor descriptor;
    private final int fd;
    private final boolean accepted;
    private final boolean records; // SOCK_SEQPACKET: a write is a record

    // Lock order: descriptor.readLock, descriptor.writeLock, connectLock, descriptor. Nothing blocks under the last two.
    // Selectors take connectLock: whether a connect has ended, two of them and finishConnect agree on.
    private final ReentrantLock connectLock = new ReentrantLock();

    // -- guarded by descriptor.readLock

    private boolean connectionReset;
    private boolean likelyReadable; // the last read got so much that there may be more by now
    private ScatterGather readParts; // null: no read has scattered yet

    // -- guarded by descriptor.writeLock

    private ScatterGather writeParts; // null: no write has gathered yet

    // -- guarded by connectLock

    private int connectResult; // of the pending connect, as a selector has found it; 0: not known

    // -- guarded by descriptor

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

    // -- end of what is guarded by descriptor

    /** A connection to the address, or, if that is null, a socket that is to connect. */
    public VsockSocketChannel(SelectorProvider provider, Origin origin, VsockSocketAddress remoteOrNull) throws IOException {
        this(provider, origin, remoteOrNull, null);
    }

    /** As before; the options, if they are not null, are those of the listener that has accepted the connection. */
    VsockSocketChannel(SelectorProvider provider, Origin origin, VsockSocketAddress remoteOrNull, SocketOptions listenerOrNull)
        throws IOException {

        super(provider);
        this.transport = origin.transport();
        this.descriptor = new ChannelDescriptor(this, origin);
        this.fd = origin.fd();
        this.records = origin.hasRecords();
        this.options = listenerOrNull == null ? SocketOptions.ofConnection(descriptor)
            : SocketOptions.ofAccepted(descriptor, listenerOrNull);
        this.accepted = remoteOrNull != null;
        this.remoteAddress = remoteOrNull;
        this.state = accepted ? ST_CONNECTED : ST_UNCONNECTED;
    }

    @Override
    public ChannelDescriptor descriptor() {
        return descriptor;
    }

    private void ensureConnected() throws ClosedChannelException {
        descriptor.ensureOpen();
        if (state != ST_CONNECTED)
            throw new NotYetConnectedException();
    }

    // -- addresses and options

    @Override
    public SocketChannel bind(SocketAddress local) throws IOException {
        descriptor.lockBoth();
        try {
            synchronized (descriptor) {
                descriptor.ensureOpen();
                if (state == ST_PENDING)
                    throw new ConnectionPendingException();
                if (localAddress != null || state == ST_CONNECTED)
                    throw new AlreadyBoundException();
                VsockSocketAddress endpoint = AddressResolver.requireVsockOrAny(local);
                Permissions.checkListen(endpoint);
                localAddress = transport.bind(fd, endpoint);
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

    /** Asked for late, because most programs never want to know. A closed channel knows what was asked for before. */
    @Override
    public VsockSocketAddress localAddress() {
        synchronized (descriptor) {
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
        synchronized (descriptor) {
            return remoteAddress;
        }
    }

    @Override
    public SocketAddress getRemoteAddress() throws IOException {
        synchronized (descriptor) {
            descriptor.ensureOpen();
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

    /** Begins an operation under the lock of the waiter, or under both; {@link #endTransfer} must follow in any case. */
    private void beginTransfer(BlockedThread waiter) throws ClosedChannelException {
        if (descriptor.isInterruptible())
            begin();
        descriptor.enter(waiter);
    }

    private void endTransfer(BlockedThread waiter, boolean completed) throws AsynchronousCloseException {
        descriptor.exit(waiter);
        if (descriptor.isBlocking())
            end(completed);
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
            if (mustBlock)
                descriptor.ensureBlocking();
            descriptor.ensureOpen();
            boolean blocking = descriptor.isBlocking();
            boolean connected = false;
            try {
                connected = firstAttempt(blocking, destination, Math.max(timeoutNanos, CONNECT_NANOS));
                if (blocking)
                    connected = awaitConnection(connected, timeoutNanos);
            } finally {
                endConnect(connected);
            }
            return connected;
        });
    }

    @Override
    public boolean finishConnect() throws IOException {
        return closingOnFailure(() -> {
            if (isConnected())
                return true;
            descriptor.ensureOpen();
            boolean blocking = descriptor.isBlocking();
            boolean connected = false;
            try {
                beginFinishConnect();
                if (blocking)
                    descriptor.configureBlocking(false); // for another attempt
                connected = pollConnect();
                if (blocking)
                    connected = awaitConnection(connected, 0);
            } finally {
                endConnect(connected);
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
            descriptor.lockBoth();
            try {
                return step.run();
            } finally {
                descriptor.unlockBoth();
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void beginConnect(VsockSocketAddress remote, long limitNanos) throws IOException {
        beginTransfer(descriptor.reader());
        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (state == ST_CONNECTED)
                throw new AlreadyConnectedException();
            if (state == ST_PENDING)
                throw new ConnectionPendingException();
            state = ST_PENDING;
            remoteAddress = remote;
            connectDeadlineNanos = System.nanoTime() + limitNanos;
        }
    }

    private void beginFinishConnect() throws IOException {
        beginTransfer(descriptor.reader());
        synchronized (descriptor) {
            descriptor.ensureOpen();
            if (state != ST_PENDING)
                throw new NoConnectionPendingException();
        }
    }

    /** A selector that polls in the middle would take the socket, which is not connecting yet, for a connected one. */
    private boolean firstAttempt(boolean blocking, VsockSocketAddress remote, long limitNanos) throws IOException {
        connectLock.lock();
        try {
            beginConnect(remote, limitNanos);
            descriptor.configureForCurrentThread();
            if (blocking)
                descriptor.configureBlocking(false); // a signal would tear a blocking attempt down
            return attempt(isBound());
        } finally {
            connectLock.unlock();
        }
    }

    private boolean isBound() {
        synchronized (descriptor) {
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
        long deadline = ChannelDescriptor.deadlineAfter(timeoutNanos);
        String timedOut = timeoutNanos == 0 ? null
            : "connect to " + remoteAddress + ": no answer within " + timeoutNanos / 1_000_000 + " ms";
        boolean ended = connected;
        while (!ended && descriptor.awaitRetry(true, -Errno.EAGAIN, Constants.POLLOUT, deadline, timedOut))
            ended = pollConnect();
        descriptor.tryRestoreBlocking();
        return ended && isOpen();
    }

    private void endConnect(boolean connected) throws IOException {
        synchronized (descriptor) {
            if (connected && isOpen())
                state = ST_CONNECTED;
        }
        endTransfer(descriptor.reader(), connected);
    }

    // -- reading

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
        descriptor.readLock.lock();
        try {
            ensureConnected();
            if (mustBlock)
                descriptor.ensureBlocking();
            return (int) lockedRead(dst, null, timeoutNanos);
        } finally {
            descriptor.readLock.unlock();
        }
    }

    /** @param parts of several buffers; null: into dst alone */
    private long lockedRead(ByteBuffer dst, ScatterGather parts, long timeoutNanos) throws IOException {
        boolean blocking = descriptor.isBlocking();
        int position = parts != null ? 0 : dst.position();
        long room = parts != null ? parts.remaining() : BufferIo.remaining(dst, position);
        long n = 0;
        try {
            beginTransfer(descriptor.reader());
            ensureNotReset();
            if (inputShutdown)
                return EOF;
            if (parts == null)
                requireWritable(dst);
            if (room == 0)
                return 0;
            descriptor.configureForCurrentThread();
            long deadline = ChannelDescriptor.deadlineAfter(timeoutNanos);
            int flags = waitsInSystemCall(blocking, timeoutNanos) ? 0 : Constants.MSG_DONTWAIT;
            do {
                n = parts != null ? BufferIo.receive(fd, parts, flags) : receive(dst, position, (int) room, flags);
            } while (descriptor.awaitRetry(blocking, n, Constants.POLLIN, deadline, "Read timed out"));
        } finally {
            endTransfer(descriptor.reader(), n > 0);
        }
        likelyReadable = n >= BufferIo.ARRAY_MINIMUM;
        if (n > room)
            throw Errno.recordTruncated((int) n, (int) room, remoteAddress);
        return readResult(n);
    }

    /** Whether the system call waits: otherwise the thread, if it must, parks. */
    private static boolean waitsInSystemCall(boolean blocking, long timeoutNanos) {
        return blocking && timeoutNanos == 0 && !BlockedThread.isCurrentVirtual();
    }

    /** More than there was room for, where the end of a record was lost. */
    private int receive(ByteBuffer dst, int position, int room, int flags) {
        return records ? Records.receive(fd, dst, position, room, flags)
            : BufferIo.receive(fd, dst, position, room, flags, likelyReadable);
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
        descriptor.readLock.lock();
        try {
            ensureConnected();
            if (readParts == null)
                readParts = new ScatterGather();
            return lockedRead(null, readParts.take(dsts, offset, length), 0);
        } finally {
            if (readParts != null)
                readParts.clear();
            descriptor.readLock.unlock();
        }
    }

    private long readResult(long n) throws IOException {
        assert descriptor.readLock.isHeldByCurrentThread();
        if (n > 0)
            return n;
        if (n < 0 && !isOpen())
            throw new AsynchronousCloseException(); // in non-blocking mode, of a channel of records
        if (n == 0 || inputShutdown)
            return EOF;
        if (ChannelDescriptor.isRetryable(n))
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
        synchronized (descriptor) {
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
        descriptor.writeLock.lock();
        try {
            ensureOutputOpen();
            if (fully)
                descriptor.ensureBlocking();
            return (int) lockedWrite(src, null, fully);
        } finally {
            descriptor.writeLock.unlock();
        }
    }

    /** @param parts of several buffers; null: from src alone */
    private long lockedWrite(ByteBuffer src, ScatterGather parts, boolean fully) throws IOException {
        boolean blocking = descriptor.isBlocking();
        int position = parts != null ? 0 : src.position();
        long length = parts != null ? parts.remaining() : BufferIo.remaining(src, position);
        long written = 0;
        long n = 0;
        try {
            beginTransfer(descriptor.writer());
            if (length == 0)
                return 0;
            descriptor.configureForCurrentThread();
            int flags = waitsInSystemCall(blocking, 0) ? 0 : Constants.MSG_DONTWAIT;
            do {
                n = parts != null ? BufferIo.send(fd, parts, flags)
                    : BufferIo.send(fd, src, position + (int) written, (int) (length - written), flags);
                written += Math.max(n, 0);
            } while (written < length && descriptor.awaitRetry(blocking, n > 0 ? -Errno.EINTR : n, Constants.POLLOUT));
        } finally {
            endWrite(fully ? written == length : written > 0);
        }
        return writeResult(fully && n < 0 ? 0 : written, n);
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        ensureOutputOpen();
        return records ? writeRecord(srcs, offset, length) : writeStream(srcs, offset, length);
    }

    private long writeStream(ByteBuffer[] srcs, int offset, int length) throws IOException {
        descriptor.writeLock.lock();
        try {
            ensureOutputOpen();
            if (writeParts == null)
                writeParts = new ScatterGather();
            return lockedWrite(null, writeParts.take(srcs, offset, length), false);
        } finally {
            if (writeParts != null)
                writeParts.clear();
            descriptor.writeLock.unlock();
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
        descriptor.writeLock.lock();
        try {
            ensureOutputOpen();
            if (fully)
                descriptor.ensureBlocking();
            boolean blocking = descriptor.isBlocking();
            int position = src.position();
            int length = BufferIo.remaining(src, position);
            if (length == 0)
                return 0;
            int n = -Errno.EMSGSIZE;
            try {
                if (descriptor.isInterruptible())
                    begin();
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
            descriptor.writeLock.unlock();
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
            descriptor.enter(descriptor.writer());
            descriptor.configureForCurrentThread();
            int n;
            boolean waits;
            do {
                n = transport.sendRecord(fd, address, length, blocking);
                waits = blocking && !(n == -Errno.EINTR && transport.isSendingRecordsBlocking());
            } while (descriptor.awaitRetry(waits, n, Constants.POLLOUT));
            return n;
        } finally {
            descriptor.exit(descriptor.writer());
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

    private void endWrite(boolean completed) throws AsynchronousCloseException {
        endTransfer(descriptor.writer(), completed);
        if (!completed && outputShutdown)
            throw new AsynchronousCloseException();
    }

    private long writeResult(long written, long n) throws IOException {
        if (n < 0 && !ChannelDescriptor.isRetryable(n) && written == 0)
            throw Errno.writeFailed((int) -n, remoteAddress);
        return written;
    }

    // -- shutdown and close

    @Override
    public SocketChannel shutdownInput() throws IOException {
        synchronized (descriptor) {
            ensureConnected();
            if (!inputShutdown) {
                inputShutdown = true; // before shutdown(2), so that a reader it wakes sees the cause
                int result = NATIVES.shutdown(fd, Constants.SHUT_RD);
                inputShutdown = isShutdown(result);
                descriptor.wake(descriptor.reader());
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
                int result = NATIVES.shutdown(fd, Constants.SHUT_WR);
                outputShutdown = isShutdown(result);
                descriptor.wake(descriptor.writer());
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
            if (localAddress == null && state == ST_CONNECTED)
                askForLocalAddress(); // a closed socket still tells it, and may be asked for the first time then
        }
        descriptor.close();
    }

    // -- selection

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
        synchronized (descriptor) {
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
