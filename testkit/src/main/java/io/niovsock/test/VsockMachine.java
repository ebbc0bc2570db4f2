// SPDX-License-Identifier: Apache-2.0
package io.niovsock.test;

import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.internal.transport.EmulatedMachine;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A host or a guest in this JVM. A program acts as the machine if {@link #call} or {@link #run} calls it: the channels
 * and sockets that it opens for vsock are the machine's, whatever thread uses them later, and {@code Vsock.localCid()}
 * is the machine's CID. That holds for the calling thread, and for threads that it starts meanwhile. It does not hold
 * for threads that a pool or a group has started before; {@link #threadFactory} makes threads that act as the machine.
 *
 * <p> A channel from {@code open()} is the machine's from its first {@code bind} or {@code connect} on: what counts is
 * the thread that calls this.
 *
 * <p> The methods from {@link #refuse} to {@link #restore} are faults. They change what happens at the next connect, or
 * end connections; they do not slow reads and writes down. Machines are safe for use by several threads.
 */
public final class VsockMachine {
    private static final int MOST_BACKLOG = 10_000;
    private static final AtomicInteger threads = new AtomicInteger();

    private final EmulatedMachine machine;

    VsockMachine(EmulatedMachine machine) {
        this.machine = machine;
    }

    /** A task that may fail, and has no result. */
    @FunctionalInterface
    public interface Task {
        /**
         * Performs the task.
         *
         * @throws Exception any failure
         */
        void run() throws Exception;
    }

    // -- programs

    /**
     * Returns the CID of this machine. The host has 2.
     *
     * @return the CID, as the other machines see it
     */
    public long cid() {
        return machine.cid();
    }

    /**
     * Returns an endpoint of this machine, for other machines to connect to.
     *
     * @param port the port, from 0 to 4294967295
     * @return the endpoint
     * @throws IllegalArgumentException if the port is not in this range
     */
    public VsockSocketAddress address(long port) {
        return VsockSocketAddress.of(cid(), port);
    }

    /**
     * Calls a program that acts as this machine.
     *
     * @param <T> the type of the result
     * @param program the program; it may have another machine call a part of it
     * @return the program's result
     * @throws IllegalStateException if the set of this machine is closed
     * @throws Exception what the program throws
     */
    public <T> T call(Callable<T> program) throws Exception {
        return machine.call(program);
    }

    /**
     * Runs a program that acts as this machine, as {@link #call} does.
     *
     * @param program the program
     * @throws Exception what the program throws
     */
    public void run(Task program) throws Exception {
        machine.call(() -> {
            program.run();
            return null;
        });
    }

    /**
     * Returns a factory of threads that act as this machine, for the executors and groups of a program. They are
     * daemons.
     *
     * @return the factory
     */
    public ThreadFactory threadFactory() {
        return task -> {
            Thread thread = new Thread(() -> runUnchecked(task), "vsock-" + cid() + "-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private void runUnchecked(Runnable task) {
        try {
            run(task::run);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a Runnable has thrown a checked exception", e);
        }
    }

    /**
     * Opens a listener of this machine, at any of its CIDs.
     *
     * @param port the port, from 1 to 4294967294, or 0 for a free one; ports below 1024 need a privilege
     * @return the listener, in blocking mode
     * @throws IOException if the bind fails
     */
    public ServerSocketChannel listen(long port) throws IOException {
        ServerSocketChannel listener = VsockSelectorProvider.instance().openServerSocketChannel();
        try {
            return as(() -> listener.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, port)));
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    /**
     * Connects from this machine.
     *
     * @param remote the endpoint to connect to, such as {@code host.address(5000)}
     * @return the connection, in blocking mode
     * @throws IOException if the connect fails
     */
    public SocketChannel connect(SocketAddress remote) throws IOException {
        SocketChannel channel = VsockSelectorProvider.instance().openSocketChannel();
        try {
            as(() -> channel.connect(remote));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private <T> T as(Callable<T> operation) throws IOException {
        try {
            return machine.call(operation);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a channel has thrown an exception of another kind", e);
        }
    }

    // -- faults

    /**
     * Refuses connects to a port from now on, whether or not a program listens there. They fail with a
     * {@link ConnectException}, as those to a port without a listener, or with a full backlog.
     *
     * @param port the port of this machine
     */
    public void refuse(long port) {
        machine.refuse(port);
    }

    /**
     * Leaves connects to a port pending from now on, as if the machine did not answer. A blocking connect waits until
     * its own timeout, and a selector does not report the connect. {@code VsockSocketOptions.CONNECT_TIMEOUT} has no
     * effect.
     *
     * @param port the port of this machine
     */
    public void ignore(long port) {
        machine.ignore(port);
    }

    /**
     * Lets connects to a port succeed from now on, but no program gets the connection, as if the server hung: no byte
     * is read or answered, so the peer's reads wait, and its writes do when the buffers are full.
     *
     * @param port the port of this machine
     */
    public void hang(long port) {
        machine.hang(port);
    }

    /**
     * Undoes {@link #refuse}, {@link #ignore} or {@link #hang} for a port: the next connect reaches the listener.
     * Connects that are pending are refused, and connections without a program are reset.
     *
     * @param port the port of this machine
     */
    public void answer(long port) {
        machine.answer(port);
    }

    /**
     * Fills the backlog of a listener: this machine connects until it is refused. Other connects are then refused, too.
     * A listener that accepts gets these connections, which say nothing.
     *
     * @param listener the endpoint of the listener, which should not accept meanwhile
     * @return the connections; closing this closes them, and those that were not accepted go with the next accepts
     * @throws IOException if a connect fails in another way than a full backlog does, or if there is no listener
     * @throws IllegalStateException if the backlog takes more than 10,000 connections
     */
    public Backlog fillBacklog(SocketAddress listener) throws IOException {
        List<SocketChannel> waiting = new ArrayList<>();
        Backlog backlog = new Backlog(waiting);
        boolean completed = false;
        try {
            while (waiting.size() < MOST_BACKLOG)
                waiting.add(connect(listener));
            throw new IllegalStateException(listener + " has accepted " + MOST_BACKLOG + " connections");
        } catch (ConnectException e) {
            if (waiting.isEmpty())
                throw e;
            completed = true;
            return backlog;
        } finally {
            if (!completed)
                backlog.close();
        }
    }

    /** Connections that wait for a listener to accept them. */
    public static final class Backlog implements AutoCloseable {
        private final List<SocketChannel> waiting;

        private Backlog(List<SocketChannel> waiting) {
            this.waiting = waiting;
        }

        /**
         * Returns the number of the connections.
         *
         * @return the number
         */
        public int size() {
            return waiting.size();
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel channel : waiting)
                channel.close();
        }
    }

    /**
     * Resets all connections of this machine. At both ends, bytes that have arrived can still be read. After them,
     * reads throw {@code SocketException: Connection reset}, and writes {@code IOException: Connection reset by peer}.
     * Blocked threads and selectors wake.
     *
     * @return the number of connections
     */
    public int resetConnections() {
        return machine.reset(VsockSocketAddress.PORT_ANY);
    }

    /**
     * Resets the connections at a port of this machine, such as all that a listener has accepted.
     *
     * @param port the port of this machine
     * @return the number of connections
     */
    public int resetConnections(long port) {
        return machine.reset(port);
    }

    /**
     * Ends this machine, for good. Its connections are reset, its listeners closed, and connects to it fail with
     * {@code NoRouteToHostException}. A program that acts as the machine can open no more sockets.
     */
    public void powerOff() {
        machine.powerOff();
    }

    /**
     * Gives this machine another CID, as a restore from a snapshot may do. Its connections are reset. Listeners that
     * are bound to any CID go on at the new one; those that are bound to the former CID hear nothing.
     *
     * @param cid the new CID, from 3 to 4294967294
     * @throws IllegalArgumentException if no guest can have the CID
     * @throws IllegalStateException if a machine of this set has the CID, or had it before, or if this is the host
     */
    public void restore(long cid) {
        if (cid() == VsockSocketAddress.CID_HOST)
            throw new IllegalStateException("the host has always CID 2");
        machine.restore(cid);
    }

    // -- what is open

    /** Adds what is open after the given time to the failure, which may be null. */
    AssertionError findLeaks(Duration limit, AssertionError found) throws InterruptedException {
        if (machine.isOff() || machine.awaitNoneOpen(limit))
            return found;
        AssertionError leaks = found;
        for (Map.Entry<? extends Channel, Throwable> open : machine.openChannels().entrySet()) {
            if (leaks == null)
                leaks = new AssertionError("vsock channels are left open: close them, or call"
                    + " VsockMachines.leaveOpen()");
            leaks.addSuppressed(new AssertionError(this + " has open: " + open.getKey(), open.getValue()));
        }
        return leaks;
    }

    void closeAll() {
        machine.closeAll();
    }

    @Override
    public String toString() {
        return (cid() == VsockSocketAddress.CID_HOST ? "host" : "guest " + cid()) + (machine.isOff() ? " (off)" : "");
    }
}
