// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Constants;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;
import io.niovsock.internal.transport.EmulatedNetwork.Conversation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The sockets of one machine in a network of this process, and the faults of that machine. Faults are looked at when a
 * socket connects or has ended, so reads and writes cost no more for them.
 *
 * <p> A name has the machine's CID at the time of the bind. Loopback is of the machine alone, so names at
 * {@link VsockSocketAddress#CID_LOCAL} have a number that only this machine has, in place of the network's.
 */
final class MachineTransport extends EmulatedTransport {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());

    private static final int LIMBO_CID = 0; // the hypervisor's: no machine has it
    private static final int LIMBO_PIECE = 512; // less than the least buffer of a socket

    private final EmulatedNetwork network;
    private final int loopbackNumber = EmulatedNetwork.nextNumber();
    private volatile long cid; // changes under this
    private volatile boolean off; // for good

    // -- guarded by this; no lock is taken under it, but that of a network

    /** How the machine answers connects to a port, in place of the listener there. */
    enum Answer { REFUSAL, NONE, SILENCE }

    private final Map<Long, Answer> answers = new HashMap<>();
    private final List<Held> held = new ArrayList<>();
    private final Map<AbstractSelectableChannel, OpenSocket> sockets = new LinkedHashMap<>();
    private volatile List<Long> formerCids = List.of(); // the last one first
    private final Set<Long> portsOfCid = new HashSet<>(); // bound to the CID that the machine had, not to any
    private int limboPort;

    // -- end of what is guarded by this

    /** The other end of a connection that no program of this machine has. */
    private record Held(MachineTransport from, long port, int end, Conversation conversation) { }

    /** A number that is the socket's until it is removed from the map, and where the socket was opened. */
    private record OpenSocket(int fd, Throwable opened) { }

    MachineTransport(EmulatedNetwork network, long cid) {
        super(cid);
        this.network = network;
        this.cid = cid;
    }

    @Override
    int familyOf(long cid) {
        return family | (cid == VsockSocketAddress.CID_LOCAL ? loopbackNumber : network.number()) << 16;
    }

    @Override
    public long localCid() {
        return cid;
    }

    @Override
    public String localCidSource() {
        return "the test kit";
    }

    @Override
    public int socket(int type) throws IOException {
        if (off)
            throw Errno.socketFailed(Errno.ENODEV);
        return super.socket(type);
    }

    // -- endpoints

    @Override
    int bind(int fd, long cid, long port) {
        int result = off ? -Errno.ENODEV : super.bind(fd, cid, port);
        if (result == 0 && cid == this.cid)
            noteBoundToCid(port, true);
        else if (result == 0 && cid == VsockSocketAddress.CID_ANY)
            noteBoundToCid(port, false);
        return result;
    }

    private synchronized void noteBoundToCid(long port, boolean bound) {
        if (bound)
            portsOfCid.add(port);
        else
            portsOfCid.remove(port);
    }

    @Override
    int bindAlone(int fd, long cid, long port) {
        for (long former : cid == VsockSocketAddress.CID_LOCAL ? List.<Long>of() : former(port)) {
            int result = lookUp(fd, VsockSocketAddress.CID_LOCAL, former, port);
            if (result < 0)
                return result;
        }
        return super.bindAlone(fd, cid, port);
    }

    /** The CIDs that may be in the name of a socket that is bound to any CID and the port. */
    private synchronized List<Long> former(long port) {
        return portsOfCid.contains(port) ? List.of() : formerCids;
    }

    @Override
    public int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost) {
        MachineTransport reached = off ? null : network.reachedOrNull(this, remote.getCid(), toHost);
        if (reached == null || reached.off)
            return -Errno.ENODEV;
        Answer answer = reached.answerOrNull(remote.getVsockPort());
        if (answer == null)
            return super.connect(fd, remote, bound, toHost);
        boolean loopback = remote.getCid() == VsockSocketAddress.CID_LOCAL;
        int result = bound ? 0 : bindClient(fd, loopback ? VsockSocketAddress.CID_LOCAL : cid);
        if (result < 0)
            return result;
        return answer == Answer.REFUSAL ? NATIVES.refuseEmulated(fd)
            : reached.hold(this, fd, remote.getVsockPort(), answer == Answer.NONE);
    }

    @Override
    int tryConnect(int fd, long cid, long port) {
        MachineTransport reached = network.reachedOrNull(this, cid, true);
        int result = super.tryConnect(fd, cid, port);
        if (reached != null)
            for (long former : reached.former(port))
                if (result == -Errno.ECONNREFUSED)
                    result = connectTo(fd, former, port);
        if (result == 0)
            forgetReset(fd);
        return result;
    }

    @Override
    public int sendTo(int fd, long address, int length, VsockSocketAddress remote) {
        boolean here = remote.getCid() == VsockSocketAddress.CID_ANY;
        boolean reached = !off && (here || network.reachedOrNull(this, remote.getCid(), false) != null);
        return reached ? super.sendTo(fd, address, length, remote) : -Errno.ENODEV;
    }

    // -- answers to connects

    private synchronized Answer answerOrNull(long port) {
        return answers.get(port);
    }

    synchronized void answer(long port, Answer answer) {
        answers.put(port, answer);
    }

    /** Leaves the answers to the listener again. Connections that no program has had until now are reset. */
    synchronized void answerAgain(long port) {
        answers.remove(port);
        endHeld(connection -> connection.port == port);
    }

    /** Resets the connections that the condition selects, and returns how many. */
    private synchronized int endHeld(Predicate<Held> condition) {
        int before = held.size();
        held.removeIf(connection -> {
            boolean ends = condition.test(connection);
            if (ends) {
                network.addReset(connection.conversation);
                NATIVES.close(connection.end);
            }
            return ends;
        });
        return before - held.size();
    }

    /** Connects a socket of another machine to an end that no program has. */
    private synchronized int hold(MachineTransport from, int fd, long port, boolean pending) {
        int listener = NATIVES.socket(family, typeOf(fd));
        if (listener < 0)
            return listener;
        try {
            int number = limboPort++;
            int result = NATIVES.bind(listener, limboFamily(), LIMBO_CID, number);
            if (result == 0)
                result = NATIVES.listen(listener, 1);
            if (result == 0)
                result = NATIVES.connect(fd, limboFamily(), LIMBO_CID, number, 0);
            int end = result == 0 ? NATIVES.accept(listener, new int[3]) : result;
            if (end < 0)
                return end;
            Conversation conversation = conversationOrNull(fd);
            network.begins(conversation);
            held.add(new Held(from, port, end, conversation));
        } finally {
            NATIVES.close(listener);
        }
        if (pending)
            fill(fd);
        return -Errno.EINPROGRESS;
    }

    /**
     * Lets a connect look pending: poll(2) does not report a socket as writable whose buffer is full. When the other
     * end is closed with these bytes unread, that is a reset, and the connect is refused.
     */
    private static void fill(int fd) {
        NATIVES.setInt(fd, Constants.SOL_SOCKET, Constants.SO_SNDBUF, 1);
        byte[] piece = new byte[LIMBO_PIECE];
        int sent;
        do {
            sent = NATIVES.sendFromArray(fd, piece, 0, piece.length);
        } while (sent > 0 || sent == -Errno.EINTR);
    }

    private int limboFamily() {
        return family | loopbackNumber << 16;
    }

    // -- open sockets

    @Override
    public void opened(AbstractSelectableChannel channel, int fd) {
        Throwable here = new Throwable("opened in thread " + Thread.currentThread().getName());
        boolean late;
        synchronized (this) {
            late = off;
            sockets.put(channel, new OpenSocket(fd, here));
        }
        if (late)
            end();
    }

    @Override
    public synchronized void closing(AbstractSelectableChannel channel) {
        sockets.remove(channel);
        notifyAll();
    }

    /** The open channels, each with a stack trace of its opening. */
    synchronized Map<AbstractSelectableChannel, Throwable> openChannels() {
        Map<AbstractSelectableChannel, Throwable> open = new LinkedHashMap<>();
        sockets.forEach((channel, socket) -> open.put(channel, socket.opened));
        return open;
    }

    /** Waits until no channel is open, or for the given time. Returns whether none is. */
    synchronized boolean awaitNoneOpen(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (!sockets.isEmpty()) {
            long millis = (deadline - System.nanoTime() + 999_999) / 1_000_000;
            if (millis <= 0)
                return false;
            wait(millis);
        }
        return true;
    }

    // -- resets

    /** Ends the connections that the condition selects, and returns how many. A shutdown ends both directions. */
    synchronized int endConversations(Predicate<Conversation> condition) {
        int count = 0;
        for (OpenSocket socket : sockets.values()) {
            Conversation conversation = conversationOrNull(socket.fd);
            if (conversation == null || conversation.has(LIMBO_CID, VsockSocketAddress.PORT_ANY)
                || !condition.test(conversation))
                continue;
            NATIVES.shutdown(socket.fd, Constants.SHUT_RDWR);
            count++;
        }
        return count;
    }

    @Override
    public boolean isReset(int fd, boolean records) {
        Conversation conversation = conversationOrNull(fd);
        return conversation != null && network.isReset(conversation);
    }

    private void forgetReset(int fd) {
        Conversation conversation = conversationOrNull(fd);
        if (conversation != null)
            network.begins(conversation);
    }

    /** The connection of a socket; null: it is not connected. */
    private static Conversation conversationOrNull(int fd) {
        int[] local = new int[2];
        int[] peer = new int[2];
        boolean has = typeOf(fd) != Constants.SOCK_DGRAM && NATIVES.remoteEndpoint(fd, peer) == 0
            && NATIVES.localEndpoint(fd, local) == 0;
        return has ? Conversation.between(endpoint(local), endpoint(peer)) : null;
    }

    /** Whether the connection is one of this machine's, as far as its names tell. */
    private boolean isMine(Conversation conversation, long port) {
        return conversation.has(cid, port) || formerCids.stream().anyMatch(former -> conversation.has(former, port));
    }

    /** Resets the connections at a port of this machine, or, for {@link VsockSocketAddress#PORT_ANY}, all. */
    int reset(long port) {
        boolean all = port == VsockSocketAddress.PORT_ANY;
        int held = endHeld(connection -> all || connection.port == port);
        return held + network.reset((machine, conversation) -> isMine(conversation, port)
            || machine == this && conversation.has(VsockSocketAddress.CID_LOCAL, port));
    }

    // -- the life of the machine

    /** The machine continues with another CID, and without connections. */
    void restore(long newCid) {
        synchronized (this) {
            network.changeCid(this, cid, newCid);
            List<Long> former = new ArrayList<>(List.of(cid));
            former.addAll(formerCids);
            formerCids = List.copyOf(former);
            cid = newCid;
        }
        reset(VsockSocketAddress.PORT_ANY);
    }

    boolean had(long formerCid) {
        return formerCids.contains(formerCid);
    }

    boolean isOff() {
        return off;
    }

    /** Whether the network is closed. */
    boolean isGone() {
        return network.isClosed();
    }

    void powerOff() {
        off = true;
        network.endHeld(this);
        reset(VsockSocketAddress.PORT_ANY);
        end();
        network.remove(this);
    }

    /** Resets the connections that this machine holds and are the other's, or all if it is this one. */
    void endHeldOf(MachineTransport other) {
        endHeld(connection -> other == this || connection.from == other);
    }

    /** Closes what is open. A shutdown comes first: it wakes threads that a close does not, as those of groups. */
    private void end() {
        List<AbstractSelectableChannel> open;
        synchronized (this) {
            for (OpenSocket socket : sockets.values())
                NATIVES.shutdown(socket.fd, Constants.SHUT_RDWR);
            open = new ArrayList<>(sockets.keySet());
        }
        for (AbstractSelectableChannel channel : open)
            if (channel instanceof ServerSocketChannel)
                close(channel);
    }

    /** Closes the channels that are still open. */
    void closeAll() {
        openChannels().keySet().forEach(MachineTransport::close);
    }

    private static void close(AbstractSelectableChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
