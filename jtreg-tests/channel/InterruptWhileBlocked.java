// SPDX-License-Identifier: Apache-2.0
/* @test id=reading
 * @summary Interrupting the thread ends blocked reads: one buffer, several, a stream, a stream with a timeout
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform read scatter-read stream-read timed-stream-read
 */

/* @test id=writing
 * @summary Interrupting the thread ends blocked writes: one buffer, several, a stream
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform write gather-write stream-write
 */

/* @test id=accepting
 * @summary Interrupting the thread ends blocked accepts: of a channel, of its socket, with a timeout
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform accept socket-accept timed-socket-accept
 */

/* @test id=virtual-reading
 * @summary Interrupting the thread ends blocked reads: one buffer, several, a stream, a stream with a timeout; virtual
 *     threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual read scatter-read stream-read timed-stream-read
 */

/* @test id=virtual-writing
 * @summary Interrupting the thread ends blocked writes: one buffer, several, a stream; virtual threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual write gather-write stream-write
 */

/* @test id=virtual-accepting
 * @summary Interrupting the thread ends blocked accepts: of a channel, of its socket, with a timeout; virtual threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual accept socket-accept timed-socket-accept
 */

import vsocktest.Attempt;
import vsocktest.BlockingOperation;
import vsocktest.Check;
import vsocktest.Leaks;

import java.nio.channels.ClosedByInterruptException;

public class InterruptWhileBlocked {
    public static void main(String[] args) throws Exception {
        Attempt.Kind kind = Attempt.Kind.valueOf(args[0].toUpperCase());
        Leaks.check(() -> {
            for (int i = 1; i < args.length; i++)
                interrupt(kind, BlockingOperation.named(args[i]));
        });
    }

    private static void interrupt(Attempt.Kind kind, BlockingOperation operation) throws Exception {
        for (boolean before : new boolean[] { false, true })
            for (BlockingOperation.Ready ready : operation.prepare())
                try (ready) {
                    System.out.println(ready.what() + (before ? ", interrupted before" : ""));
                    interrupt(kind, ready, before);
                }
    }

    private static void interrupt(Attempt.Kind kind, BlockingOperation.Ready ready, boolean before) throws Exception {
        Attempt<Object> attempt = Attempt.start(kind, () -> {
            if (before)
                Thread.currentThread().interrupt();
            return ready.operation().call();
        });
        if (!before)
            attempt.awaitBlocked().interrupt();
        Throwable failure = attempt.failure();
        System.out.println("    " + failure);
        // of sockets too: the documentation of java.net.Socket
        Check.isExactly(failure, ClosedByInterruptException.class);
        Check.that(attempt.wasInterrupted(), "the interrupt status is set");
        Check.that(!ready.channel().isOpen(), "the channel is closed");
    }
}
