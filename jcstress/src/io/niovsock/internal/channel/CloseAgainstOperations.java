// SPDX-License-Identifier: Apache-2.0
package io.niovsock.internal.channel;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Operations of one thread against a close by another: a machine with two processors can run these races. */
final class CloseAgainstOperations {
    private CloseAgainstOperations() { }

    @JCStressTest
    @Description("In blocking mode: threads announce themselves, and the last one to leave gives the number back.")
    @Outcome(id = { "0, 0, 1", "1, 0, 1", "1, 1, 1" }, expect = Expect.ACCEPTABLE,
        desc = "Each came before the close, or was refused.")
    @Outcome(id = { "2, ., .", "., 2, ." }, expect = Expect.FORBIDDEN,
        desc = "The number was given back under an operation.")
    @Outcome(id = "0, 1, .", expect = Expect.FORBIDDEN, desc = "The channel was open again.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The number was not given back once.")
    @State
    public static class Blocking {
        private final StressedChannel channel = new StressedChannel();

        @Actor
        public void readAndWrite(III_Result result) {
            result.r1 = channel.read();
            result.r2 = channel.write();
        }

        @Actor
        public void close() {
            channel.close();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = channel.releases();
        }
    }

    @JCStressTest
    @Description("In non-blocking mode: no thread announces itself, and a close waits for the locks.")
    @Outcome(id = { "0, 0, 1", "1, 0, 1", "1, 1, 1" }, expect = Expect.ACCEPTABLE,
        desc = "Each came before the close, or was refused.")
    @Outcome(id = { "2, ., .", "., 2, ." }, expect = Expect.FORBIDDEN,
        desc = "The number was given back under an operation.")
    @Outcome(id = "0, 1, .", expect = Expect.FORBIDDEN, desc = "The channel was open again.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The number was not given back once.")
    @State
    public static class NonBlocking {
        private final StressedChannel channel = new StressedChannel();

        public NonBlocking() {
            channel.setBlocking(false);
        }

        @Actor
        public void readAndWrite(III_Result result) {
            result.r1 = channel.read();
            result.r2 = channel.write();
        }

        @Actor
        public void close() {
            channel.close();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = channel.releases();
        }
    }

    @JCStressTest
    @Description("A writer closes the channel, as an interrupt does: it and a reader leave, and the last one ends it.")
    @Outcome(id = { "0, 1, 1", "1, 1, 1" }, expect = Expect.ACCEPTABLE, desc = "It came before, or was refused.")
    @Outcome(id = { "2, ., .", "., 2, ." }, expect = Expect.FORBIDDEN,
        desc = "The number was given back under an operation.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The number was not given back once.")
    @State
    public static class ClosingWriter {
        private final StressedChannel channel = new StressedChannel();

        @Actor
        public void read(III_Result result) {
            result.r1 = channel.read();
        }

        @Actor
        public void write(III_Result result) {
            result.r2 = channel.writeAndClose();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = channel.releases();
        }
    }

    @JCStressTest
    @Description("A selector forgets the channel while it is closed.")
    @Outcome(id = "[01], 0, 1", expect = Expect.ACCEPTABLE, desc = "It came before the close, or was refused.")
    @Outcome(id = "2, 0, .", expect = Expect.FORBIDDEN, desc = "The number was given back under an operation.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The number was not given back once.")
    @State
    public static class ForgettingSelector {
        private final StressedChannel channel = new StressedChannel();

        public ForgettingSelector() {
            channel.setBlocking(false);
        }

        @Actor
        public void readAndForget(III_Result result) {
            result.r1 = channel.read();
            channel.kill();
        }

        @Actor
        public void close() {
            channel.close();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = channel.releases();
        }
    }

    @JCStressTest
    @Description("A selector removes its key of the channel, and then ends it if it is closed, as the JDK's do.")
    @Outcome(id = "[01], 1, 1", expect = Expect.ACCEPTABLE, desc = "It came before the close, or was refused.")
    @Outcome(id = { "2, ., .", "., 2, ." }, expect = Expect.FORBIDDEN,
        desc = "The number was given back under an operation, or while the selector had it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The number was not given back once.")
    @State
    public static class RegisteredChannel {
        private final StressedChannel channel = new StressedChannel();

        public RegisteredChannel() {
            channel.setBlocking(false);
            channel.register();
        }

        @Actor
        public void readAndDeregister(III_Result result) {
            result.r1 = channel.read();
            result.r2 = channel.deregister();
        }

        @Actor
        public void close() {
            channel.close();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = channel.releases();
        }
    }

    @JCStressTest
    @Description("The mode changes meanwhile: all agree on whether threads announce themselves.")
    @Outcome(id = "[01], 0, 1", expect = Expect.ACCEPTABLE, desc = "It came before the close, or was refused.")
    @Outcome(id = "2, 0, .", expect = Expect.FORBIDDEN, desc = "The number was given back under an operation.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The number was not given back once.")
    @State
    public static class ChangingMode {
        private final StressedChannel channel = new StressedChannel();

        @Actor
        public void read(III_Result result) {
            result.r1 = channel.read();
        }

        @Actor
        public void changeAndClose() {
            channel.setBlocking(false);
            channel.setBlocking(true);
            channel.close();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = channel.releases();
        }
    }

    @JCStressTest
    @Description("Both threads close, one of them after a read.")
    @Outcome(id = "[01], 0, 1", expect = Expect.ACCEPTABLE, desc = "It came before the close, or was refused.")
    @Outcome(id = "2, 0, .", expect = Expect.FORBIDDEN, desc = "The number was given back under an operation.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The number was not given back once.")
    @State
    public static class TwoCloses {
        private final StressedChannel channel = new StressedChannel();

        @Actor
        public void readAndClose(III_Result result) {
            result.r1 = channel.read();
            channel.close();
        }

        @Actor
        public void close() {
            channel.close();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = channel.releases();
        }
    }
}
