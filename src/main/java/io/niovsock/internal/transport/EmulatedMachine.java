// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.transport;

import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.natives.Errno;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * A machine in a network of this process, for the test kit. A thread acts as at most one machine; threads that it
 * starts act as the same one. Sockets that it opens for vsock are the machine's, for good.
 *
 * <p> An instance gives no access to descriptors. Threads may share it.
 */
public final class EmulatedMachine {
    private static final InheritableThreadLocal<EmulatedMachine> CURRENT = new InheritableThreadLocal<>();

    private final MachineTransport transport;

    EmulatedMachine(MachineTransport transport) {
        this.transport = transport;
    }

    /**
     * From now on, a thread that acts as no machine reaches no endpoint, unless {@code io.niovsock.transport} says what
     * it reaches. So a forgotten machine is an error, and not a connection to a hypervisor.
     */
    public static void use() {
        Transport.useMachines();
    }

    /**
     * The transport of the current thread; null: that of the process. A thread of the JDK's or of a pool, started by a
     * test, may outlive the network. It then acts as no machine.
     */
    static Transport transportOrNull() {
        EmulatedMachine machine = CURRENT.get();
        return machine != null && !machine.transport.isGone() ? machine.transport
            : System.getProperty(Transport.PROPERTY) == null ? NoMachine.TRANSPORT : null;
    }

    /**
     * Calls a task. Meanwhile the current thread acts as this machine.
     *
     * @throws IllegalStateException if the network is closed
     */
    public <T> T call(Callable<T> task) throws Exception {
        if (transport.isGone())
            throw new IllegalStateException("these machines are gone");
        EmulatedMachine before = CURRENT.get();
        CURRENT.set(this);
        try {
            return task.call();
        } finally {
            if (before == null)
                CURRENT.remove();
            else
                CURRENT.set(before);
        }
    }

    /** The CID of the machine; the last one, if it is off. */
    public long cid() {
        return transport.localCid();
    }

    /** Has connects to a port refused from now on, as if nothing listened. */
    public void refuse(long port) {
        transport.answer(port, MachineTransport.Answer.REFUSAL);
    }

    /** Leaves connects to a port pending from now on. */
    public void ignore(long port) {
        transport.answer(port, MachineTransport.Answer.NONE);
    }

    /** Lets connects to a port succeed from now on, but no program reads or answers. */
    public void hang(long port) {
        transport.answer(port, MachineTransport.Answer.SILENCE);
    }

    /** Undoes the last three for a port. Connects that are pending are refused, and silent connections reset. */
    public void answer(long port) {
        transport.answerAgain(port);
    }

    /** Resets the connections at a port, or, for {@link VsockSocketAddress#PORT_ANY}, all; returns how many. */
    public int reset(long port) {
        return transport.reset(port);
    }

    /**
     * Gives the machine another CID, and resets its connections.
     *
     * @throws IllegalArgumentException if no machine can have the CID
     * @throws IllegalStateException if a machine has the CID, or had it before, or if the network is closed
     */
    public void restore(long cid) {
        transport.restore(cid);
    }

    /** Ends the machine: its connections are reset, and its listeners closed. It opens no more sockets. */
    public void powerOff() {
        transport.powerOff();
    }

    /** Whether the machine was powered off. */
    public boolean isOff() {
        return transport.isOff();
    }

    /** The open channels, each with a stack trace of its opening. */
    public Map<? extends Channel, Throwable> openChannels() {
        return transport.openChannels();
    }

    /** Waits until no channel is open, or for the given time. Returns whether none is. */
    public boolean awaitNoneOpen(Duration limit) throws InterruptedException {
        return transport.awaitNoneOpen(limit.toNanos());
    }

    /** Closes the channels that are still open. */
    public void closeAll() {
        transport.closeAll();
    }

    /** What a thread has that acts as no machine. */
    private static final class NoMachine extends EmulatedTransport {
        static final Transport TRANSPORT = new NoMachine();

        private NoMachine() {
            super(VsockSocketAddress.CID_HOST);
        }

        @Override
        public int socket(int type) throws IOException {
            throw new SocketException("open a vsock socket in thread " + Thread.currentThread().getName() + ": it acts"
                + " as no machine of the test kit (VsockMachine.call, or threads of VsockMachine.threadFactory; with"
                + " -D" + Transport.PROPERTY + " such threads have the transport that it names)");
        }

        @Override
        int bind(int fd, long cid, long port) {
            return -Errno.EADDRNOTAVAIL;
        }

        @Override
        public int connect(int fd, VsockSocketAddress remote, boolean bound, boolean toHost) {
            return -Errno.ENODEV;
        }

        @Override
        public int sendTo(int fd, long address, int length, VsockSocketAddress remote) {
            return -Errno.ENODEV;
        }

        @Override
        public long localCid() {
            return VsockSocketAddress.CID_ANY;
        }

        @Override
        public String localCidSource() {
            return "none: the thread acts as no machine of the test kit";
        }
    }
}
