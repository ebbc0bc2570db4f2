// SPDX-License-Identifier: Apache-2.0
package io.niovsock.soak;

import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens channels until no descriptor is left (RLIMIT_NOFILE, which {@code bench/soak} sets). Whatever needs one then
 * fails, with an exception that says so; a client that waits to be accepted waits on. Once one is free, everything
 * works as before.
 */
final class Exhaustion implements Part {
    private static final int MOST = 1 << 20; // descriptors, more than the limit

    private interface Opening {
        AutoCloseable open() throws Exception;
    }

    /** Something that takes a descriptor. */
    private record Attempt(String what, Opening opening) {
        /** Has the JVM load the classes, for which no descriptor is left later. */
        void succeeds(Ledger ledger) throws Exception {
            try (AutoCloseable opened = opening.open()) {
                ledger.check("with descriptors, this succeeds: " + what, opened != null, "null");
            }
        }

        void fails(Ledger ledger) throws Exception {
            String check = "without a descriptor, this fails and says so: " + what;
            try (AutoCloseable opened = opening.open()) {
                ledger.check(check, false, opened);
            } catch (IOException e) {
                ledger.check(check, String.valueOf(e.getMessage()).contains("Too many open files"), e);
            }
        }
    }

    @Override
    public String name() {
        return "descriptor exhaustion";
    }

    @Override
    public int weight() {
        return 2;
    }

    @Override
    public boolean takesAllDescriptors() {
        return true;
    }

    @Override
    public void run(Deadline end, Ledger ledger) throws Exception {
        do {
            List<SocketChannel> open = new ArrayList<>();
            rehearse(ledger);
            try (ServerSocketChannel listener = ChannelKind.VSOCK.listen();
                 SocketChannel waiting = SocketChannel.open(listener.getLocalAddress())) {
                String text = exhaust(open);
                ledger.note("the exception when no descriptor is left", text);
                ledger.count("descriptors opened until none was left", open.size());
                ledger.count("times that no descriptor was left", 1);
                for (Attempt attempt : attempts(listener))
                    attempt.fails(ledger);
                open.remove(open.size() - 1).close();
                try (SocketChannel accepted = listener.accept()) {
                    ledger.check("a client waits until a descriptor is free",
                        accepted.isConnected() && waiting.isConnected(), accepted);
                }
            } finally {
                for (SocketChannel channel : open)
                    channel.close();
            }
            for (Way way : Way.values())
                for (Conversation conversation : way.exchange(1 << 16, true))
                    ledger.check("digests are equal after the exhaustion", conversation.incoming().isRight(), way);
        } while (!end.isOver());
    }

    private static void rehearse(Ledger ledger) throws Exception {
        try (ServerSocketChannel listener = ChannelKind.VSOCK.listen();
             SocketChannel waiting = SocketChannel.open(listener.getLocalAddress())) {
            for (Attempt attempt : attempts(listener))
                attempt.succeeds(ledger);
            assert waiting.isConnected();
        }
    }

    private static List<Attempt> attempts(ServerSocketChannel listener) {
        return List.of(new Attempt("accept", listener::accept),
            new Attempt("open", ChannelKind.VSOCK::openClient),
            new Attempt("open for a connect", () -> SocketChannel.open(listener.getLocalAddress())),
            new Attempt("selector", Selector::open),
            new Attempt("asynchronous channel", AsynchronousSocketChannel::open));
    }

    private static String exhaust(List<SocketChannel> open) {
        try {
            while (open.size() < MOST)
                open.add(ChannelKind.VSOCK.openClient());
            throw new AssertionError(MOST + " descriptors and no end: set a limit");
        } catch (IOException e) {
            return e.toString();
        }
    }
}
