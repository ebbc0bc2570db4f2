// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.jdk.BlockedThread;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.AttachedGuest;
import io.niovsock.internal.transport.HybridTransport;
import io.niovsock.internal.transport.Transport;
import io.niovsock.internal.transport.TransportOptions;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.SelectionKey;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A connect to an attached guest. The channel becomes an AF_UNIX socket, connects to the socket of the virtual machine
 * monitor, sends the line {@code CONNECT PORT}, and reads the line that begins with {@code OK}.
 *
 * <p> The monitor closes a connection without a word if the guest refuses it. The kernel refuses one at once if the
 * monitor's backlog is full; then this class tries again after a pause. The socket is readable at the end of every
 * other wait. Until a thread takes the reply for good, the end of its line stays in the socket, so selectors report the
 * end of the connect as often as they are asked.
 */
final class GuestConnect extends PendingConnect {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final HybridTransport HYBRID = Transport.ofGuests(MethodHandles.lookup());

    private static final int LONGEST_REPLY = 32; // more than any monitor sends
    private static final int COMPLETE = 2; // the whole reply is there, but not taken
    private static final int NOT_A_REPLY = -Integer.MAX_VALUE;
    private static final int PAUSE_MILLIS = 2;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final AttachedGuest guest;
    private final long endNanos;

    // -- guarded by this

    private final byte[] reply = new byte[LONGEST_REPLY];
    private int replied;
    private boolean reached; // the monitor's backlog has taken the connection

    // -- end of what is guarded by this

    /** The backlog is full. The socket polls as one that is broken, so selectors do not watch it. */
    private volatile boolean stalled;

    /** A selector has asked for OP_WRITE, which it must not poll for yet: the socket is writable at once. */
    private volatile boolean writeIgnored;

    private final AtomicReference<Future<?>> timer = new AtomicReference<>(); // null: no selector depends on it

    private GuestConnect(ChannelDescriptor descriptor, SocketOptions options, VsockSocketAddress remote,
                         AttachedGuest guest, long timeoutNanos) throws IOException {
        super(descriptor, options, remote);
        this.guest = guest;
        long limit = options.connectTimeoutNanosOrZero();
        this.endNanos = System.nanoTime()
            + Math.min(limit != 0 ? limit : Math.max(timeoutNanos, LIMIT_NANOS), Long.MAX_VALUE / 2);
    }

    /**
     * Its type is that of all connects: a program without guests need not load this class.
     *
     * @param timeoutNanos the limit of the program, which waits no longer; 0: none
     */
    static PendingConnect of(ChannelDescriptor descriptor, SocketOptions options, VsockSocketAddress remote,
                             AttachedGuest guest, long timeoutNanos) throws IOException {
        return new GuestConnect(descriptor, options, remote, guest, timeoutNanos);
    }

    // -- steps

    @Override
    int begin() throws IOException {
        if (descriptor.transport() != HYBRID)
            becomeHybrid();
        int result = reach();
        descriptor.renewRegistrations();
        if (result == UNDER_WAY && !descriptor.isBlocking())
            setTimer();
        return result;
    }

    /** The number stays, and with it the options. */
    private void becomeHybrid() throws IOException {
        int socket = HYBRID.socket(Constants.SOCK_STREAM | Constants.SOCK_NONBLOCK);
        try {
            synchronized (descriptor) {
                TransportOptions settings = HYBRID.inheritedSettings(socket, options.settings());
                descriptor.become(socket, HYBRID);
                options.replaceSettings(settings.at(descriptor.fd()));
            }
        } finally {
            NATIVES.close(socket);
        }
    }

    /** Connects to the monitor's socket, and sends the request: a new socket has room for it. */
    private int reach() {
        int result = NATIVES.connectToFile(descriptor.fd(), guest.address());
        stalled = result == -Errno.EAGAIN;
        if (stalled)
            return UNDER_WAY;
        if (result < 0)
            return result;
        reached = true;
        result = NATIVES.requestPort(descriptor.fd(), (int) remote.getVsockPort());
        return result < 0 ? asReset(result) : UNDER_WAY;
    }

    /** A monitor refuses by closing the connection. Depending on the moment, the kernel reports that as EPIPE. */
    private static int asReset(int result) {
        return result == -Errno.EPIPE ? -Errno.ECONNRESET : result;
    }

    @Override
    int look() {
        return look(true);
    }

    /** The reply is looked at, but not taken. A socket that polls as broken stays ready for selectors. */
    @Override
    boolean isAtEnd() {
        int result = look(false);
        if (result == COMPLETE)
            return true;
        decide(result);
        if (result < 0)
            shutDown();
        return isDecided();
    }

    private void shutDown() {
        synchronized (descriptor) {
            if (descriptor.isOpen())
                NATIVES.shutdown(descriptor.fd(), Constants.SHUT_RDWR);
        }
    }

    private int look(boolean takesEnd) {
        boolean wasStalled = stalled;
        int result;
        synchronized (descriptor) { // the number is the channel's until a close has this lock
            if (!descriptor.isOpen())
                return UNDER_WAY;
            result = wasStalled ? reach() : receive(takesEnd);
        }
        if (result == UNDER_WAY && System.nanoTime() - endNanos >= 0) {
            stalled = false;
            result = -Errno.ETIMEDOUT;
        }
        if (wasStalled && !stalled)
            descriptor.renewRegistrations();
        return result;
    }

    private int receive(boolean takesEnd) {
        while (true) {
            int n = NATIVES.receiveReply(descriptor.fd(), reply, replied, takesEnd);
            if (n <= 0)
                return n == -Errno.EAGAIN ? UNDER_WAY : n == 0 ? COMPLETE : asReset(n);
            replied += n;
            if (reply[replied - 1] == '\n')
                return isPositive() ? CONNECTED : NOT_A_REPLY;
            if (replied == LONGEST_REPLY)
                return NOT_A_REPLY;
        }
    }

    /** The number after OK is the port of either side, by the monitor's kind; it says nothing. */
    private boolean isPositive() {
        return reply[0] == 'O' && reply[1] == 'K' && (reply[2] == ' ' || reply[2] == '\n');
    }

    private String text() {
        return new String(reply, 0, replied, StandardCharsets.ISO_8859_1).strip();
    }

    @Override
    synchronized IOException failure(int errno) {
        if (errno == -NOT_A_REPLY)
            return Errno.connectToGuestAnswered(text().replaceAll("[^ -~]", "?"), remote, guest.socket().toString());
        return reached || errno == Errno.ETIMEDOUT ? Errno.connectFailed(errno, remote)
            : Errno.connectToGuestFailed(errno, remote, guest.socket().toString());
    }

    @Override
    VsockSocketAddress localAddressOrNull() {
        return HybridTransport.connectedEndpoint();
    }

    // -- waiting

    @Override
    void await(long nanos) throws IOException {
        long left = Math.max(1, endNanos - System.nanoTime());
        if (nanos > 0)
            left = Math.min(nanos, left);
        if (stalled)
            pause(Math.min(left, PAUSE_MILLIS * NANOS_PER_MILLI));
        else
            descriptor.parkOnce(event(), left);
    }

    /** Nothing can be polled for. A platform thread whose interrupts are ignored must not return at once. */
    private static void pause(long nanos) {
        if (BlockedThread.isCurrentVirtual())
            LockSupport.parkNanos(nanos);
        else
            NATIVES.pause((int) Math.max(1, nanos / NANOS_PER_MILLI));
    }

    // -- selection

    @Override
    int event() {
        return Constants.POLLIN;
    }

    @Override
    int translateInterestOps(int interest) {
        if ((interest & SelectionKey.OP_WRITE) != 0)
            writeIgnored = true;
        return !stalled && (interest & (SelectionKey.OP_READ | SelectionKey.OP_CONNECT)) != 0 ? event() : 0;
    }

    /** A selector does not notice by itself that a pause or the whole time is over. */
    private void setTimer() {
        long nanos = stalled ? PAUSE_MILLIS * NANOS_PER_MILLI : Math.max(0, endNanos - System.nanoTime());
        timer.set(ConnectTimer.after(nanos, this::onTimer));
        if (!descriptor.isOpen())
            abandon(); // Dekker's pattern: an earlier close did not see this timer
    }

    private synchronized void onTimer() {
        if (timer.get() != null && descriptor.isOpen() && !hasEnded())
            setTimer();
    }

    // -- the end

    @Override
    void finish() {
        abandon();
        if (writeIgnored)
            descriptor.renewRegistrations();
    }

    @Override
    void abandon() {
        Future<?> present = timer.getAndSet(null); // a close and setTimer may do this at once
        if (present != null)
            present.cancel(false);
    }
}
