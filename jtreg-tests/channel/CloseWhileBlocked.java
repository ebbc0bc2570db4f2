// SPDX-License-Identifier: Apache-2.0
/* @test id=reading
 * @summary Closing the channel ends blocked reads: one buffer, several, a stream, a stream with a timeout
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform read scatter-read stream-read timed-stream-read
 */

/* @test id=writing
 * @summary Closing the channel ends blocked writes: one buffer, several, a stream
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform write gather-write stream-write
 */

/* @test id=accepting
 * @summary Closing the channel ends blocked accepts: of a channel, of its socket, with a timeout
 * @library /lib
 * @run main/othervm CloseWhileBlocked platform accept socket-accept timed-socket-accept
 */

/* @test id=virtual-reading
 * @summary Closing the channel ends blocked reads: one buffer, several, a stream, a stream with a timeout; virtual
 *     threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual read scatter-read stream-read timed-stream-read
 */

/* @test id=virtual-writing
 * @summary Closing the channel ends blocked writes: one buffer, several, a stream; virtual threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual write gather-write stream-write
 */

/* @test id=virtual-accepting
 * @summary Closing the channel ends blocked accepts: of a channel, of its socket, with a timeout; virtual threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm CloseWhileBlocked virtual accept socket-accept timed-socket-accept
 */

import vsocktest.Attempt;
import vsocktest.BlockingOperation;
import vsocktest.Check;
import vsocktest.Leaks;

import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

public class CloseWhileBlocked {
    public static void main(String[] args) throws Exception {
        Attempt.Kind kind = Attempt.Kind.valueOf(args[0].toUpperCase());
        Leaks.check(() -> {
            for (int i = 1; i < args.length; i++)
                close(kind, BlockingOperation.named(args[i]));
        });
    }

    private static void close(Attempt.Kind kind, BlockingOperation operation) throws Exception {
        for (BlockingOperation.Ready ready : operation.prepare())
            try (ready) {
                close(kind, operation, ready);
            }
    }

    private static void close(Attempt.Kind kind, BlockingOperation operation, BlockingOperation.Ready ready)
        throws Exception {
        System.out.println(ready.what());
        Attempt<Object> attempt = Attempt.start(kind, ready.operation()).awaitBlocked();
        ready.channel().close();
        Throwable failure = attempt.failure();
        System.out.println("    " + failure);
        boolean tcp = ready.what().contains("TCP");
        if (operation.isSocket())
            Check.that(failure instanceof SocketException || failure instanceof AsynchronousCloseException,
                failure + " says closed");
        else if (tcp) // which may just have got something out, and finds itself closed at the next write
            Check.that(failure instanceof ClosedChannelException, failure + " says closed");
        else
            Check.isExactly(failure, AsynchronousCloseException.class);
        Check.that(!attempt.wasInterrupted(), "the thread is not interrupted");
        Check.that(!ready.channel().isOpen(), "the channel is closed");
        if (!operation.isAccept())
            peerSeesTheEnd(ready);
    }

    private static void peerSeesTheEnd(BlockingOperation.Ready ready) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
        while (ready.peer().read(buffer.clear()) >= 0)
            continue;
    }
}
