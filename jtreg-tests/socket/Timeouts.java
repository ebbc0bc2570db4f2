// SPDX-License-Identifier: Apache-2.0
/* @test id=read-accept
 * @summary A socket's read and accept end with SocketTimeoutException when their time is over, not before, and can go on after that
 * @library /lib
 * @run main/othervm Timeouts read-accept
 */

/* @test id=connect
 * @summary A socket's connect ends with SocketTimeoutException when its time is over, even if that is longer than the kernel's own
 * @library /lib
 * @run main/othervm Timeouts connect
 */

/* @test id=virtual-read-accept
 * @summary Read and accept of virtual threads
 * @requires jdk.version.major >= 21
 * @library /lib
 * @run main/othervm Timeouts virtual-read-accept
 */

import vsocktest.Attempt;
import vsocktest.BlackHole;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;
import vsocktest.Pair;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class Timeouts {
    private static final int SHORT_MILLIS = 200;
    private static final int LONG_MILLIS = 3_600_000;
    private static final int ABOVE_KERNELS_MILLIS = 5_000; // the kernel gives a vsock connect 2 s

    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            if (args[0].equals("connect")) {
                connect();
                return;
            }
            Attempt.Kind kind = args[0].startsWith("virtual") ? Attempt.Kind.VIRTUAL : Attempt.Kind.PLATFORM;
            for (Family family : Family.values())
                Attempt.start(kind, () -> {
                    read(family);
                    accept(family);
                    invalid(family);
                    return "done";
                }).result();
        });
    }

    private static void timesOut(int millis, Check.Operation operation) {
        long start = System.nanoTime();
        Check.fails(SocketTimeoutException.class, operation);
        long took = (System.nanoTime() - start) / 1_000_000;
        Check.that(took >= millis, took + " ms are at least " + millis + " ms");
    }

    private static void read(Family family) throws IOException {
        try (Pair pair = Pair.of(family)) {
            Socket socket = pair.client().socket();
            InputStream in = socket.getInputStream();
            Check.equal(socket.getSoTimeout(), 0, "the timeout at first");
            socket.setSoTimeout(SHORT_MILLIS);
            Check.equal(socket.getSoTimeout(), SHORT_MILLIS, "the timeout");
            timesOut(SHORT_MILLIS, in::read);
            timesOut(SHORT_MILLIS, () -> in.read(new byte[10]));
            Check.that(pair.client().isOpen() && socket.isConnected() && !socket.isClosed(), "still connected");

            pair.accepted().write(ByteBuffer.wrap(new byte[] { 1, 2 }));
            socket.setSoTimeout(LONG_MILLIS);
            Check.equal(in.read(), 1, "the first byte");
            Check.equal(in.read(new byte[10]), 1, "bytes after it");
            Pair.checkFlow(pair.client(), pair.accepted()); // no trace of the timeout in the channel itself
            Pair.checkFlow(pair.accepted(), pair.client());
        }
    }

    private static void accept(Family family) throws IOException {
        try (ServerSocketChannel channel = family.listen()) {
            ServerSocket server = channel.socket();
            server.setSoTimeout(SHORT_MILLIS);
            Check.equal(server.getSoTimeout(), SHORT_MILLIS, "the timeout");
            timesOut(SHORT_MILLIS, server::accept);
            Check.that(channel.isOpen() && channel.isBlocking(), "still listening");
            server.setSoTimeout(LONG_MILLIS);
            try (SocketChannel client = SocketChannel.open(channel.getLocalAddress()); Socket accepted = server.accept()) {
                Pair.checkFlow(client, accepted.getChannel());
                accepted.setSoTimeout(SHORT_MILLIS);
                timesOut(SHORT_MILLIS, () -> accepted.getInputStream().read());
            }
        }
    }

    private static void invalid(Family family) throws IOException {
        try (Pair pair = Pair.of(family); ServerSocketChannel server = family.listen()) {
            Check.fails(IllegalArgumentException.class, () -> pair.client().socket().setSoTimeout(-1));
            Check.fails(IllegalArgumentException.class, () -> pair.accepted().socket().setSoTimeout(-1));
            Check.fails(IllegalArgumentException.class, () -> server.socket().setSoTimeout(-1));
            InputStream in = pair.client().socket().getInputStream();
            pair.client().socket().setSoTimeout(SHORT_MILLIS);
            pair.client().configureBlocking(false);
            Check.fails(IllegalBlockingModeException.class, in::read);
            server.socket().setSoTimeout(SHORT_MILLIS);
            server.configureBlocking(false);
            Check.fails(IllegalBlockingModeException.class, () -> server.socket().accept());
            pair.client().close();
            Check.fails(SocketException.class, () -> pair.client().socket().setSoTimeout(1));
        }
    }

    private static void connect() throws IOException {
        try (BlackHole hole = new BlackHole()) {
            for (Family family : new Family[] { Family.VSOCK, Family.VSOCK_BY_FAMILY })
                for (int millis : new int[] { SHORT_MILLIS, ABOVE_KERNELS_MILLIS })
                    try (SocketChannel channel = family.open()) {
                        timesOut(millis, () -> channel.socket().connect(hole.address(), millis));
                        Check.that(!channel.isOpen(), "the channel is closed");
                    }
        }
    }
}
