// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A thread that blocks in a system call, or is about to: whatever is to end that ends it. */
final class BlockedUntilWoken {
    private static final VsockSocketAddress ANYWHERE =
        VsockSocketAddress.of(VsockSocketAddress.CID_LOCAL, VsockSocketAddress.PORT_ANY);

    private BlockedUntilWoken() { }

    static ServerSocketChannel listener() {
        try {
            return ServerSocketChannel.open(VsockProtocolFamily.VSOCK).bind(ANYWHERE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void accept(ServerSocketChannel listener) throws IOException {
        try {
            listener.accept().close();
        } catch (ClosedChannelException closed) {
            assert !listener.isOpen();
        }
    }

    @JCStressTest(Mode.Termination)
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "The close ends the accept.")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "The accept goes on.")
    @State
    public static class AcceptAgainstClose {
        private final ServerSocketChannel listener = listener();

        @Actor
        public void accept() throws IOException {
            BlockedUntilWoken.accept(listener);
        }

        @Signal
        public void close() throws IOException {
            listener.close();
        }
    }

    /** Both ends of a connection. */
    static final class Ends {
        final SocketChannel one;
        final SocketChannel other;

        Ends() {
            try (ServerSocketChannel listener = listener()) {
                one = SocketChannel.open(VsockProtocolFamily.VSOCK);
                one.connect(listener.getLocalAddress());
                other = listener.accept();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void read() throws IOException {
            try {
                int n = one.read(ByteBuffer.allocateDirect(1));
                assert n == -1;
            } catch (ClosedChannelException closed) {
                assert !one.isOpen();
            } finally {
                one.close();
                other.close();
            }
        }
    }

    @JCStressTest(Mode.Termination)
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "The close ends the read.")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "The read goes on.")
    @State
    public static class ReadAgainstClose {
        private final Ends ends = new Ends();

        @Actor
        public void read() throws IOException {
            ends.read();
        }

        @Signal
        public void close() throws IOException {
            ends.one.close();
        }
    }

    @JCStressTest(Mode.Termination)
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "The shutdown ends the read.")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "The read goes on.")
    @State
    public static class ReadAgainstShutdown {
        private final Ends ends = new Ends();

        @Actor
        public void read() throws IOException {
            ends.read();
        }

        @Signal
        public void shutDown() throws IOException {
            ends.one.shutdownInput();
        }
    }

    @JCStressTest(Mode.Termination)
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "The interrupt closes the channel.")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "The read goes on.")
    @State
    public static class ReadAgainstInterrupt {
        private final Ends ends = new Ends();
        private volatile Thread reader;

        @Actor
        public void read() throws IOException {
            reader = Thread.currentThread();
            ends.read();
            boolean interrupted = Thread.interrupted();
            assert interrupted;
        }

        @Signal
        public void interrupt() {
            while (reader == null)
                Thread.onSpinWait();
            reader.interrupt();
        }
    }
}
