// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.cat;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Sends the standard input to the peer that is there: a thread of its own, so that a peer which does not read does not
 * keep this process from reading.
 */
public final class Sender {
    /** The receiver of the input. */
    public interface Peer {
        /** Sends a block, and waits until it is taken. */
        void send(ByteBuffer block) throws IOException;

        /** Tells the peer that the input has ended. */
        void end() throws IOException;
    }

    private final Blocks blocks;
    private final Thread thread;
    private Peer peer; // guarded by this
    private boolean ended; // guarded by this
    private boolean broken; // guarded by this; the peer takes no more
    private IOException failure; // guarded by this; the input cannot be read, or its bytes were lost

    /**
     * Creates a sender; its thread does not keep the JVM alive.
     *
     * @param blocks the input
     */
    public Sender(Blocks blocks) {
        this.blocks = blocks;
        thread = new Thread(this::run, "cat-sender");
        thread.setDaemon(true);
    }

    /** Begins to send to a peer; the first time, begins to read. */
    public void attach(Peer next) throws IOException {
        synchronized (this) {
            peer = next;
            broken = false;
            notifyAll();
            if (!ended) {
                if (!thread.isAlive())
                    thread.start();
                return;
            }
        }
        next.end();
    }

    /** The peer has left; what is read from now on is for the next one. */
    public synchronized void detach() {
        peer = null;
    }

    private void run() {
        try {
            for (ByteBuffer block; (block = blocks.next()) != null;)
                deliver(block);
        } catch (IOException e) {
            end(new IOException("cannot read the standard input: " + e.getMessage(), e));
            return;
        } catch (InterruptedException e) {
            end(null);
            return;
        }
        end(null);
    }

    private void deliver(ByteBuffer block) throws InterruptedException {
        Peer to = awaitPeer();
        int size = block.remaining();
        try {
            to.send(block);
        } catch (IOException e) {
            lost(to, new IOException("not all of the standard input was sent: " + e.getMessage(), e), size);
        }
    }

    private synchronized Peer awaitPeer() throws InterruptedException {
        while (peer == null || broken)
            wait();
        return peer;
    }

    private synchronized void lost(Peer to, IOException cause, int size) {
        if (size > 0 && failure == null)
            failure = cause;
        if (to == peer)
            broken = true;
        notifyAll();
    }

    private void end(IOException cause) {
        Peer last;
        synchronized (this) {
            ended = true;
            if (failure == null)
                failure = cause;
            last = broken ? null : peer;
            notifyAll();
        }
        try {
            if (last != null)
                last.end();
        } catch (IOException e) {
            // the peer has gone; the receiving thread will see that
        }
        synchronized (this) {
            notifyAll();
        }
    }

    /** Waits until all of the input is sent, or can be sent no more. */
    public synchronized void await() throws InterruptedException {
        while (!ended && !broken)
            wait();
    }

    /** Whether the input has been read to its end. */
    public synchronized boolean hasEnded() {
        return ended;
    }

    /** Throws if the input could not be read, or a part of it could not be sent. */
    public synchronized void requireSent() throws IOException {
        if (failure != null)
            throw failure;
    }
}
