// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import io.niovsock.internal.channel.BlockedUntilWoken.Ends;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.FutureTask;

/** As {@link BlockedUntilWoken}, for a virtual thread, which parks: with JDK 21 and later. */
final class BlockedVirtualThread {
    private BlockedVirtualThread() { }

    private interface Blocking {
        void run() throws IOException;
    }

    /** Has a virtual thread do it, and waits for the end. Throws what it has thrown. */
    private static void runVirtually(Blocking operation) throws Exception {
        FutureTask<Void> task = new FutureTask<>(() -> {
            operation.run();
            return null;
        });
        Thread.startVirtualThread(task);
        task.get();
    }

    @JCStressTest(Mode.Termination)
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "The close ends the accept.")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "The accept goes on.")
    @State
    public static class AcceptAgainstClose {
        private final ServerSocketChannel listener = BlockedUntilWoken.listener();

        @Actor
        public void accept() throws Exception {
            runVirtually(() -> BlockedUntilWoken.accept(listener));
        }

        @Signal
        public void close() throws IOException {
            listener.close();
        }
    }

    @JCStressTest(Mode.Termination)
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "The close ends the read.")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "The read goes on.")
    @State
    public static class ReadAgainstClose {
        private final Ends ends = new Ends();

        @Actor
        public void read() throws Exception {
            runVirtually(ends::read);
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
        public void read() throws Exception {
            runVirtually(ends::read);
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
        public void read() throws Exception {
            runVirtually(() -> {
                reader = Thread.currentThread();
                ends.read();
                boolean interrupted = Thread.interrupted();
                assert interrupted;
            });
        }

        @Signal
        public void interrupt() {
            while (reader == null)
                Thread.onSpinWait();
            reader.interrupt();
        }
    }
}
