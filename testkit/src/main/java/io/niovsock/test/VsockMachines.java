// SPDX-License-Identifier: Apache-2.0
package io.niovsock.test;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.transport.EmulatedNetwork;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A host and its guests in this JVM. They reach each other by their CIDs. Other instances, other threads of this JVM,
 * other processes and the kernel's vsock neither reach them nor are reached.
 *
 * <p> Tests of JUnit 5 get an instance from {@link VsockExtension}. Other tests create one and close it:
 *
 * <pre>{@code
 * try (VsockMachines machines = VsockMachines.create()) {
 *     ServerSocketChannel server = machines.host().listen(5000);
 *     SocketChannel client = machines.guest(42).connect(VsockSocketAddress.host(5000));
 * }
 * }</pre>
 *
 * <p> Instances are safe for use by several threads. Several instances can be used at the same time.
 */
public final class VsockMachines implements AutoCloseable {
    /** The time that {@link #requireClosed} gives other threads to close what they have open. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final EmulatedNetwork network;

    // -- guarded by this

    private final Map<Long, VsockMachine> machines = new TreeMap<>(); // by the CID at their creation
    private boolean leavingOpen;

    // -- end of what is guarded by this

    private VsockMachines(EmulatedNetwork network) {
        this.network = network;
    }

    /**
     * Creates a host without guests.
     *
     * @return the set of the host and the guests that {@link #guest} adds
     * @throws IllegalStateException if the system property {@code io.niovsock.transport} is {@code kernel}, or if this
     *     system does not have vsock sockets, not even emulated ones
     */
    public static VsockMachines create() {
        if (!Vsock.isAvailable())
            throw new IllegalStateException("the test kit needs Linux and the native library of nio-vsock: "
                + Vsock.unavailabilityCause());
        VsockMachines machines = new VsockMachines(EmulatedNetwork.create());
        machines.host(); // a guest is never without one
        return machines;
    }

    /**
     * Returns the host, which has CID 2.
     *
     * @return the host, always the same
     * @throws IllegalStateException if this set is closed
     */
    public VsockMachine host() {
        return machine(VsockSocketAddress.CID_HOST);
    }

    /**
     * Returns a guest. The first call with a CID adds it.
     *
     * @param cid the CID that the guest had at the first call, from 3 to 4294967294
     * @return the guest, always the same for a CID, even if it has another CID by now, or is off
     * @throws IllegalArgumentException if no guest can have the CID
     * @throws IllegalStateException if this set is closed, or if another machine has been restored with the CID
     */
    public VsockMachine guest(long cid) {
        if (cid == VsockSocketAddress.CID_HOST)
            throw new IllegalArgumentException("2 is the CID of the host, not of a guest");
        return machine(cid);
    }

    private synchronized VsockMachine machine(long cid) {
        VsockMachine machine = machines.get(cid);
        if (machine == null) {
            machine = new VsockMachine(network.add(cid));
            machines.put(cid, machine);
        }
        return machine;
    }

    /**
     * Lets {@link #requireClosed()} pass whatever is open.
     *
     * @return this set
     */
    public synchronized VsockMachines leaveOpen() {
        leavingOpen = true;
        return this;
    }

    /**
     * Makes sure that no machine has an open channel or socket. It waits up to five seconds for other threads, which
     * may be about to close theirs. Machines that were {@linkplain VsockMachine#powerOff powered off} are not asked.
     *
     * @throws AssertionError if channels are open after that time; each is a suppressed exception with the stack trace
     *     of its opening
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public void requireClosed() throws InterruptedException {
        List<VsockMachine> all;
        synchronized (this) {
            all = leavingOpen ? List.of() : new ArrayList<>(machines.values());
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        AssertionError leaks = null;
        for (VsockMachine machine : all)
            leaks = machine.findLeaks(Duration.ofNanos(deadline - System.nanoTime()), leaks);
        if (leaks != null)
            throw leaks;
    }

    /** Powers all machines off, and closes the channels and sockets that are still open. */
    @Override
    public void close() {
        List<VsockMachine> all;
        synchronized (this) {
            all = new ArrayList<>(machines.values());
        }
        network.close();
        for (VsockMachine machine : all)
            machine.closeAll();
    }

    @Override
    public synchronized String toString() {
        return "VsockMachines" + machines.values();
    }
}
