// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;
import io.niovsock.internal.natives.Natives;

import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;

/**
 * Machines within this process that reach each other, and no other socket: the kernel's vsock, other networks and other
 * processes neither reach them nor are reached. The test kit makes networks; a program without it has none.
 *
 * <p> An instance is also the lock of its state. Threads may share it.
 */
public final class EmulatedNetwork {
    private static final Natives NATIVES = Natives.of(MethodHandles.lookup());
    private static final int MOST_NUMBERS = 0xffff; // of networks and of machines, in the upper half of a family
    private static final AtomicInteger lastNumber = new AtomicInteger();

    private final int number = nextNumber();

    // -- guarded by this

    private final Map<Long, MachineTransport> machines = new HashMap<>();
    private final Set<Conversation> resets = new HashSet<>();
    private volatile boolean closed;

    // -- end of what is guarded by this

    private EmulatedNetwork() { }

    /**
     * Creates a network without machines. From the first call on, a thread that acts as no machine reaches no endpoint,
     * unless {@code io.niovsock.transport} says what it reaches.
     *
     * @throws IllegalStateException if that property is {@code kernel}, which a network excludes
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public static EmulatedNetwork create() {
        if (Transport.KERNEL.equals(System.getProperty(Transport.PROPERTY)))
            throw new IllegalStateException("-D" + Transport.PROPERTY + "=kernel: machines of the test kit stay away"
                + " from the kernel's vsock, so remove the property");
        EmulatedMachine.use();
        Natives.initialize();
        Names.ensureSet();
        return new EmulatedNetwork();
    }

    /** A name that no other process has. */
    private static final class Names {
        static {
            int result = NATIVES.useNetworks(UUID.randomUUID().toString());
            if (result < 0)
                throw new AssertionError(Errno.text(-result));
        }

        static void ensureSet() { }
    }

    /** After 65535 numbers the first one is given again; what had it is closed by then. */
    static int nextNumber() {
        return lastNumber.updateAndGet(last -> last % MOST_NUMBERS + 1);
    }

    boolean isClosed() {
        return closed;
    }

    int number() {
        return number;
    }

    /**
     * Adds a machine.
     *
     * @throws IllegalArgumentException if no machine can have the CID
     * @throws IllegalStateException if a machine has the CID, or had it before, or if the network is closed
     */
    public synchronized EmulatedMachine add(long cid) {
        requireFree(cid);
        MachineTransport machine = new MachineTransport(this, cid);
        machines.put(cid, machine);
        return new EmulatedMachine(machine);
    }

    private void requireFree(long cid) {
        if (!EmulatedTransport.isOfMachine(cid))
            throw new IllegalArgumentException("no machine can have the CID " + cid + ": expected 2, the host, or more,"
                + " up to 4294967294");
        if (closed)
            throw new IllegalStateException("these machines are gone");
        if (machines.containsKey(cid) || machines.values().stream().anyMatch(machine -> machine.had(cid)))
            throw new IllegalStateException("a machine has the CID " + cid + ", or had it"); // as its listeners' names
    }

    /** The machine that a connect to the CID reaches; null: none. Guests reach each other only through the host. */
    synchronized MachineTransport reachedOrNull(MachineTransport from, long cid, boolean toHost) {
        if (cid == VsockSocketAddress.CID_LOCAL || cid == from.localCid())
            return from;
        boolean siblings = from.hasGuestDevice() && cid != VsockSocketAddress.CID_HOST;
        return siblings && !toHost ? null : machines.get(cid);
    }

    synchronized void changeCid(MachineTransport machine, long former, long cid) {
        requireFree(cid);
        machines.remove(former);
        machines.put(cid, machine);
    }

    private synchronized List<MachineTransport> machines() {
        return List.copyOf(machines.values());
    }

    void endHeld(MachineTransport machine) {
        for (MachineTransport each : machines())
            each.endHeldOf(machine);
    }

    synchronized void remove(MachineTransport machine) {
        machines.remove(machine.localCid(), machine);
    }

    // -- resets

    /** A connection by the names of its ends, in the order of the CIDs and ports. */
    record Conversation(VsockSocketAddress one, VsockSocketAddress other) {
        static Conversation between(VsockSocketAddress local, VsockSocketAddress peer) {
            int order = Long.compare(local.getCid(), peer.getCid());
            if (order == 0)
                order = Long.compare(local.getVsockPort(), peer.getVsockPort());
            return order <= 0 ? new Conversation(local, peer) : new Conversation(peer, local);
        }

        boolean has(long cid, long port) {
            return isAt(one, cid, port) || isAt(other, cid, port);
        }

        private static boolean isAt(VsockSocketAddress end, long cid, long port) {
            return end.getCid() == cid && (port == VsockSocketAddress.PORT_ANY || end.getVsockPort() == port);
        }
    }

    /**
     * Resets the connections of all machines that the condition selects, and returns how many they were. Those that
     * were reset before do not count.
     */
    int reset(BiPredicate<MachineTransport, Conversation> condition) {
        int count = 0;
        for (MachineTransport machine : machines())
            count += machine.endConversations(conversation ->
                condition.test(machine, conversation) && addReset(conversation));
        return count;
    }

    /** Returns false if the connection was reset before, perhaps by its other end. */
    synchronized boolean addReset(Conversation conversation) {
        return resets.add(conversation);
    }

    synchronized boolean isReset(Conversation conversation) {
        return resets.contains(conversation);
    }

    /** The same ports are used for another connection. */
    synchronized void begins(Conversation conversation) {
        resets.remove(conversation);
    }

    /** Powers all machines off, closes their channels, and ends the network. */
    public void close() {
        synchronized (this) {
            closed = true;
        }
        for (MachineTransport machine : machines())
            machine.powerOff();
    }
}
