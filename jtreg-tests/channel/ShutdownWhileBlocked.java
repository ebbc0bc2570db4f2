// SPDX-License-Identifier: Apache-2.0
/* @test id=platform
 * @summary Shutting down a direction ends what is blocked in it: a read gets the end of the stream, a write an
 *          exception; the channel stays open, and the other direction works
 * @library /lib
 * @run main/othervm ShutdownWhileBlocked platform
 */

/* @test id=virtual
 * @summary The same for virtual threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm ShutdownWhileBlocked virtual
 */

import vsocktest.Attempt;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

public class ShutdownWhileBlocked {
    public static void main(String[] args) throws Exception {
        Attempt.Kind kind = Attempt.Kind.valueOf(args[0].toUpperCase());
        Leaks.check(() -> {
            for (Family family : Family.values()) {
                reading(kind, family);
                writing(kind, family);
            }
        });
    }

    private static void reading(Attempt.Kind kind, Family family) throws Exception {
        try (Pair pair = Pair.of(family)) {
            Attempt<Integer> reading = Attempt.start(kind, () -> pair.client().read(ByteBuffer.allocate(10)))
                .awaitBlocked();
            pair.client().shutdownInput();
            Check.equal(reading.result(), -1, "what the blocked read gave");
            Check.equal(pair.client().read(ByteBuffer.allocate(10)), -1, "what the next read gives");
            Check.that(pair.client().isOpen(), "the channel is open");
            Pair.checkFlow(pair.client(), pair.accepted());
        }
    }

    private static void writing(Attempt.Kind kind, Family family) throws Exception {
        try (Pair pair = Pair.of(family)) {
            Pair.fill(pair.client());
            ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
            Attempt<Object> writing = Attempt.start(kind, () -> {
                while (true) // what TCP has taken may move on in the kernel, and make room for more
                    pair.client().write(buffer.clear());
            }).awaitBlocked();
            pair.client().shutdownOutput();
            Throwable failure = writing.failure();
            System.out.println(family + " " + failure);
            Check.that(failure instanceof ClosedChannelException || family == Family.TCP, failure + " says closed");
            Check.that(pair.client().isOpen(), "the channel is open");
            Check.failsSomehow(ClosedChannelException.class, () -> pair.client().write(buffer.clear()));
            while (pair.accepted().read(buffer.clear()) >= 0)
                continue;
            Pair.checkFlow(pair.accepted(), pair.client());
        }
    }
}
