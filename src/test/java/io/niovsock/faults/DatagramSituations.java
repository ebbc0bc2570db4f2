// SPDX-License-Identifier: Apache-2.0
package io.niovsock.faults;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.LinkedHashMap;
import java.util.Map;

import static io.niovsock.testkit.Streams.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/** Channels of datagrams. */
final class DatagramSituations {
    /** One for all runs: garbage would look like a leak. */
    private static final ByteBuffer MEMORY = ByteBuffer.allocateDirect(64);

    private interface Opening {
        DatagramChannel open() throws IOException;
    }

    private final Opening opening;

    private DatagramSituations(Opening opening) {
        this.opening = opening;
    }

    static Map<String, Situation> all() {
        Map<String, Situation> all = new LinkedHashMap<>();
        Map<String, Opening> kinds = Map.of("vsock", () -> DatagramChannel.open(VsockProtocolFamily.VSOCK),
            "deferred", DatagramChannel::open);
        kinds.forEach((kind, opening) -> {
            DatagramSituations of = new DatagramSituations(opening);
            all.put("open, " + kind, of::open);
            all.put("bind, " + kind, of::bind);
            all.put("connect, " + kind, of::connect);
            all.put("send, " + kind, of::send);
            all.put("send without a bind, " + kind, of::sendUnbound);
            all.put("receive, " + kind, of::receive);
            all.put("write and read, " + kind, of::writeAndRead);
            all.put("options, " + kind, of::options);
            all.put("disconnect, " + kind, of::disconnect);
            all.put("close, " + kind, of::close);
        });
        return all;
    }

    private DatagramChannel bound(Attempt attempt) throws IOException {
        return attempt.keep(opening.open()).bind(ChannelKind.VSOCK.freeEndpoint());
    }

    private static void assertArrives(String text, DatagramChannel receiver, SocketAddress sender) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(64);
        receiver.configureBlocking(false); // it is there already
        assertEquals(((InetSocketAddress) sender).getPort(), ((InetSocketAddress) receiver.receive(dst)).getPort());
        assertEquals(buffer(text), dst.flip());
    }

    private void open(Attempt attempt) throws Exception {
        DatagramChannel sender = attempt.of(() -> attempt.keep(opening.open()));
        DatagramChannel receiver = bound(attempt);
        sender.bind(ChannelKind.VSOCK.freeEndpoint()).send(buffer("open"), receiver.getLocalAddress());
        assertArrives("open", receiver, sender.getLocalAddress());
    }

    private void bind(Attempt attempt) throws Exception {
        DatagramChannel receiver = attempt.keep(opening.open());
        attempt.survives(LibraryCall.GETSOCKNAME); // the port is known
        attempt.of(() -> receiver.bind(ChannelKind.VSOCK.freeEndpoint()));
        DatagramChannel sender = bound(attempt);
        sender.send(buffer("bind"), receiver.getLocalAddress());
        assertArrives("bind", receiver, sender.getLocalAddress());
    }

    private void connect(Attempt attempt) throws Exception {
        DatagramChannel receiver = bound(attempt);
        DatagramChannel sender = attempt.keep(opening.open());
        attempt.survives(LibraryCall.GETSOCKNAME); // the address is then not known for now
        attempt.of(() -> sender.connect(receiver.getLocalAddress()));
        sender.write(buffer("connect"));
        assertArrives("connect", receiver, sender.getLocalAddress());
    }

    private void send(Attempt attempt) throws Exception {
        DatagramChannel receiver = bound(attempt);
        DatagramChannel sender = bound(attempt);
        assertEquals(4, attempt.of(() -> sender.send(buffer("send"), receiver.getLocalAddress())));
        assertArrives("send", receiver, sender.getLocalAddress());
    }

    private void sendUnbound(Attempt attempt) throws Exception {
        DatagramChannel receiver = bound(attempt);
        DatagramChannel sender = attempt.keep(opening.open());
        attempt.survives(LibraryCall.GETSOCKNAME); // the address is then not known for now
        assertEquals(4, attempt.of(() -> sender.send(buffer("send"), receiver.getLocalAddress())));
        assertArrives("send", receiver, sender.getLocalAddress());
    }

    private void receive(Attempt attempt) throws Exception {
        DatagramChannel receiver = bound(attempt);
        DatagramChannel sender = bound(attempt);
        sender.send(buffer("receive"), receiver.getLocalAddress());
        ByteBuffer dst = ByteBuffer.allocate(64);
        SocketAddress from = attempt.of(() -> receiver.receive(dst));
        assertNotNull(from);
        assertEquals(sender.getLocalAddress(), from);
        assertEquals(buffer("receive"), dst.flip());
    }

    private void writeAndRead(Attempt attempt) throws Exception {
        DatagramChannel receiver = bound(attempt);
        DatagramChannel sender = bound(attempt).connect(receiver.getLocalAddress());
        receiver.connect(sender.getLocalAddress());
        ByteBuffer src = buffer("written");
        attempt.of(() -> src.hasRemaining() ? sender.write(src) : 0);
        ByteBuffer dst = MEMORY.clear();
        if (attempt.failureOrNull() == null)
            attempt.of(() -> receiver.read(dst));
        else
            receiver.read(dst);
        assertEquals(buffer("written"), dst.flip());
    }

    private void options(Attempt attempt) throws Exception {
        DatagramChannel channel = bound(attempt);
        attempt.of(() -> channel.setOption(StandardSocketOptions.SO_SNDBUF, 10_000)
            .getOption(StandardSocketOptions.SO_RCVBUF));
        DatagramChannel receiver = bound(attempt);
        channel.send(buffer("options"), receiver.getLocalAddress());
        assertArrives("options", receiver, channel.getLocalAddress());
    }

    private void disconnect(Attempt attempt) throws Exception {
        DatagramChannel receiver = bound(attempt);
        DatagramChannel sender = bound(attempt).connect(receiver.getLocalAddress());
        attempt.of(sender::disconnect);
        assertFalse(sender.isConnected());
        sender.send(buffer("again"), receiver.getLocalAddress());
        assertArrives("again", receiver, sender.getLocalAddress());
    }

    private void close(Attempt attempt) throws Exception {
        DatagramChannel channel = bound(attempt);
        attempt.close(channel);
        assertFalse(channel.isOpen());
    }
}
