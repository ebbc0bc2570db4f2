/* @test id=read
 * @summary Closing the channel ends a blocked read
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform read
 */

/* @test id=scatter-read
 * @summary Closing the channel ends a blocked scatter read
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform scatter-read
 */

/* @test id=write
 * @summary Closing the channel ends a blocked write
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform write
 */

/* @test id=gather-write
 * @summary Closing the channel ends a blocked gather write
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform gather-write
 */

/* @test id=accept
 * @summary Closing the channel ends a blocked accept
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform accept
 */

/* @test id=connect
 * @summary Closing the channel ends a blocked connect
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform connect
 */

/* @test id=finish-connect
 * @summary Closing the channel ends a blocked finish connect
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform finish-connect
 */

/* @test id=stream-read
 * @summary Closing the channel ends a blocked stream read
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform stream-read
 */

/* @test id=timed-stream-read
 * @summary Closing the channel ends a blocked timed stream read
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform timed-stream-read
 */

/* @test id=stream-write
 * @summary Closing the channel ends a blocked stream write
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform stream-write
 */

/* @test id=socket-accept
 * @summary Closing the channel ends a blocked socket accept
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform socket-accept
 */

/* @test id=timed-socket-accept
 * @summary Closing the channel ends a blocked timed socket accept
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform timed-socket-accept
 */

/* @test id=socket-connect
 * @summary Closing the channel ends a blocked socket connect
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform socket-connect
 */

/* @test id=timed-socket-connect
 * @summary Closing the channel ends a blocked timed socket connect
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform timed-socket-connect
 */

/* @test id=virtual-read
 * @summary Closing the channel ends a blocked read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual read
 */

/* @test id=virtual-scatter-read
 * @summary Closing the channel ends a blocked scatter read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual scatter-read
 */

/* @test id=virtual-write
 * @summary Closing the channel ends a blocked write of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual write
 */

/* @test id=virtual-gather-write
 * @summary Closing the channel ends a blocked gather write of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual gather-write
 */

/* @test id=virtual-accept
 * @summary Closing the channel ends a blocked accept of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual accept
 */

/* @test id=virtual-connect
 * @summary Closing the channel ends a blocked connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual connect
 */

/* @test id=virtual-finish-connect
 * @summary Closing the channel ends a blocked finish connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual finish-connect
 */

/* @test id=virtual-stream-read
 * @summary Closing the channel ends a blocked stream read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual stream-read
 */

/* @test id=virtual-timed-stream-read
 * @summary Closing the channel ends a blocked timed stream read of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual timed-stream-read
 */

/* @test id=virtual-stream-write
 * @summary Closing the channel ends a blocked stream write of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual stream-write
 */

/* @test id=virtual-socket-accept
 * @summary Closing the channel ends a blocked socket accept of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual socket-accept
 */

/* @test id=virtual-timed-socket-accept
 * @summary Closing the channel ends a blocked timed socket accept of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual timed-socket-accept
 */

/* @test id=virtual-socket-connect
 * @summary Closing the channel ends a blocked socket connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual socket-connect
 */

/* @test id=virtual-timed-socket-connect
 * @summary Closing the channel ends a blocked timed socket connect of a virtual thread
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual timed-socket-connect
 */

import vsocktest.Attempt;
import vsocktest.BlockingOperation;
import vsocktest.Check;
import vsocktest.Leaks;

import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.List;

public class CloseWhileBlocked {
    public static void main(String[] args) throws Exception {
        Attempt.Kind kind = Attempt.Kind.valueOf(args[0].toUpperCase());
        BlockingOperation operation = BlockingOperation.named(args[1]);
        Leaks.check(() -> {
            List<BlockingOperation.Ready> all = operation.prepare();
            for (BlockingOperation.Ready ready : all)
                try (ready) {
                    close(kind, operation, ready);
                }
        });
    }

    private static void close(Attempt.Kind kind, BlockingOperation operation, BlockingOperation.Ready ready) throws Exception {
        System.out.println(ready.what());
        Attempt<Object> attempt = Attempt.start(kind, ready.operation()).awaitBlocked();
        ready.channel().close();
        Throwable failure = attempt.failure();
        System.out.println("    " + failure);
        boolean tcp = ready.what().contains("TCP");
        if (operation.isSocket())
            Check.that(failure instanceof SocketException || failure instanceof AsynchronousCloseException, failure + " says closed");
        else if (tcp) // which may just have got something out, and finds itself closed at the next write
            Check.that(failure instanceof ClosedChannelException, failure + " says closed");
        else
            Check.isExactly(failure, AsynchronousCloseException.class);
        Check.that(!attempt.wasInterrupted(), "the thread is not interrupted");
        Check.that(!ready.channel().isOpen(), "the channel is closed");
        if (!operation.isConnect() && !operation.isAccept())
            peerSeesTheEnd(ready);
    }

    private static void peerSeesTheEnd(BlockingOperation.Ready ready) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
        while (ready.peer().read(buffer.clear()) >= 0)
            continue;
    }
}
