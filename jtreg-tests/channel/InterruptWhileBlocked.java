/* @test id=read
 * @summary Interrupting the thread ends a blocked read
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform read
 */

/* @test id=scatter-read
 * @summary Interrupting the thread ends a blocked scatter read
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform scatter-read
 */

/* @test id=write
 * @summary Interrupting the thread ends a blocked write
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform write
 */

/* @test id=gather-write
 * @summary Interrupting the thread ends a blocked gather write
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform gather-write
 */

/* @test id=accept
 * @summary Interrupting the thread ends a blocked accept
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform accept
 */

/* @test id=connect
 * @summary Interrupting the thread ends a blocked connect
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform connect
 */

/* @test id=finish-connect
 * @summary Interrupting the thread ends a blocked finish connect
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform finish-connect
 */

/* @test id=stream-read
 * @summary Interrupting the thread ends a blocked stream read
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform stream-read
 */

/* @test id=timed-stream-read
 * @summary Interrupting the thread ends a blocked timed stream read
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform timed-stream-read
 */

/* @test id=stream-write
 * @summary Interrupting the thread ends a blocked stream write
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform stream-write
 */

/* @test id=socket-accept
 * @summary Interrupting the thread ends a blocked socket accept
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform socket-accept
 */

/* @test id=timed-socket-accept
 * @summary Interrupting the thread ends a blocked timed socket accept
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform timed-socket-accept
 */

/* @test id=socket-connect
 * @summary Interrupting the thread ends a blocked socket connect
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform socket-connect
 */

/* @test id=timed-socket-connect
 * @summary Interrupting the thread ends a blocked timed socket connect
 * @library /lib
 * @run main/othervm InterruptWhileBlocked platform timed-socket-connect
 */

/* @test id=virtual-read
 * @summary Interrupting the thread ends a blocked read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual read
 */

/* @test id=virtual-scatter-read
 * @summary Interrupting the thread ends a blocked scatter read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual scatter-read
 */

/* @test id=virtual-write
 * @summary Interrupting the thread ends a blocked write of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual write
 */

/* @test id=virtual-gather-write
 * @summary Interrupting the thread ends a blocked gather write of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual gather-write
 */

/* @test id=virtual-accept
 * @summary Interrupting the thread ends a blocked accept of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual accept
 */

/* @test id=virtual-connect
 * @summary Interrupting the thread ends a blocked connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual connect
 */

/* @test id=virtual-finish-connect
 * @summary Interrupting the thread ends a blocked finish connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual finish-connect
 */

/* @test id=virtual-stream-read
 * @summary Interrupting the thread ends a blocked stream read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual stream-read
 */

/* @test id=virtual-timed-stream-read
 * @summary Interrupting the thread ends a blocked timed stream read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual timed-stream-read
 */

/* @test id=virtual-stream-write
 * @summary Interrupting the thread ends a blocked stream write of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual stream-write
 */

/* @test id=virtual-socket-accept
 * @summary Interrupting the thread ends a blocked socket accept of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual socket-accept
 */

/* @test id=virtual-timed-socket-accept
 * @summary Interrupting the thread ends a blocked timed socket accept of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual timed-socket-accept
 */

/* @test id=virtual-socket-connect
 * @summary Interrupting the thread ends a blocked socket connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual socket-connect
 */

/* @test id=virtual-timed-socket-connect
 * @summary Interrupting the thread ends a blocked timed socket connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm InterruptWhileBlocked virtual timed-socket-connect
 */

import vsocktest.Attempt;
import vsocktest.BlockingOperation;
import vsocktest.Check;
import vsocktest.Leaks;

import java.nio.channels.ClosedByInterruptException;
import java.util.List;

public class InterruptWhileBlocked {
    public static void main(String[] args) throws Exception {
        Attempt.Kind kind = Attempt.Kind.valueOf(args[0].toUpperCase());
        BlockingOperation operation = BlockingOperation.named(args[1]);
        Leaks.check(() -> {
            for (boolean before : new boolean[] { false, true }) {
                List<BlockingOperation.Ready> all = operation.prepare();
                for (BlockingOperation.Ready ready : all)
                    try (ready) {
                        System.out.println(ready.what() + (before ? ", interrupted before" : ""));
                        interrupt(kind, ready, before);
                    }
            }
        });
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
        Check.isExactly(failure, ClosedByInterruptException.class); // of sockets too: the documentation of java.net.Socket
        Check.that(attempt.wasInterrupted(), "the interrupt status is set");
        Check.that(!ready.channel().isOpen(), "the channel is closed");
    }
}
