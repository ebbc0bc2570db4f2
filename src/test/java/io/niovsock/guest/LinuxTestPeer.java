// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The other side of Linux's {@code tools/testing/vsock/vsock_test}, by the protocol of its control connection, over
 * TCP: before each case, each side says {@code NEXT} or {@code SKIP}, and both run the case if both say {@code NEXT};
 * within a case, lines tell the other side how far this one is. Prints a line for each case.
 *
 * <p>Arguments: {@code client} or {@code server}, this side's role; the port of the control connection; the CID of the
 * other side; and a name of a case for each line of {@code vsock_test --list}.
 */
final class LinuxTestPeer {
    /** What a side does in a case. */
    private interface Part {
        void run(LinuxTestPeer side) throws IOException;
    }

    /** A case: the parts of both roles. A part that Java cannot play is null, and has the reason instead. */
    private record Case(Part client, Part server, String withoutClient, String withoutServer) {
        static Case of(Part client, Part server) {
            return new Case(client, server, null, null);
        }

        static Case client(Part client, String reason) {
            return new Case(client, null, null, reason);
        }

        static Case server(Part server, String reason) {
            return new Case(null, server, reason, null);
        }
    }

    private static final int PORT = 1234;
    private static final int CONNECTIONS = 100;
    private static final int RECORDS = 7;
    private static final int LONG_RECORD = 32;
    private static final int LOW_WATER_MARK = 128;
    private static final int PAGES = 3 * 4096;
    private static final VsockProtocolFamily STREAMS = VsockProtocolFamily.VSOCK;
    private static final VsockProtocolFamily OF_RECORDS = VsockProtocolFamily.VSOCK_SEQPACKET;

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    static {
        CASES.put("SOCK_STREAM connection reset", Case.of(LinuxTestPeer::assertRefused, side -> { }));
        CASES.put("SOCK_STREAM bind only", Case.of(side -> {
            side.expect("BIND");
            side.assertRefused();
            side.say("DONE");
        }, side -> {
            try (SocketChannel bound = SocketChannel.open(STREAMS)) {
                bound.bind(VsockSocketAddress.any(PORT));
                side.say("BIND");
                side.expect("DONE");
            }
        }));
        CASES.put("SOCK_STREAM client close", Case.of(side -> side.connectSendAndClose(STREAMS), side -> {
            try (SocketChannel channel = side.accept(STREAMS)) {
                assertClosedByPeer(channel);
            }
        }));
        CASES.put("SOCK_STREAM server close", Case.of(side -> {
            try (SocketChannel channel = side.connect(STREAMS)) {
                assertClosedByPeer(channel);
            }
        }, side -> side.accepting(STREAMS, channel -> channel.write(ByteBuffer.wrap(new byte[] { 'A' })))));
        CASES.put("SOCK_STREAM multiple connections",
            Case.of(side -> side.useMany(side::connect, 1), side -> side.useMany(side::accept, 0)));
        CASES.put("SOCK_STREAM MSG_PEEK",
            Case.client(side -> side.connectSendAndClose(STREAMS), "a channel cannot peek"));
        CASES.put("SOCK_SEQPACKET msg bounds", Case.server(side -> side.accepting(OF_RECORDS, channel -> {
            side.expect("SENDDONE");
            for (int i = 0; i < RECORDS; i++)
                check(1, channel.read(ByteBuffer.allocate(16)), "bytes in a record");
        }), "a channel does not set MSG_EOR"));
        CASES.put("SOCK_SEQPACKET MSG_TRUNC flag", Case.of(side -> {
            try (SocketChannel channel = side.connect(OF_RECORDS)) {
                check(LONG_RECORD, channel.write(ByteBuffer.allocate(LONG_RECORD)), "bytes sent");
                side.say("SENDDONE");
            }
        }, side -> side.accepting(OF_RECORDS, channel -> {
            side.expect("SENDDONE");
            assertFails(IOException.class, () -> channel.read(ByteBuffer.allocate(LONG_RECORD / 2)));
        })));
        CASES.put("SOCK_SEQPACKET timeout", Case.of(side -> {
            try (SocketChannel channel = side.connect(OF_RECORDS)) {
                channel.socket().setSoTimeout(1000);
                long start = System.nanoTime();
                assertFails(SocketTimeoutException.class, () -> channel.socket().getInputStream().read());
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                if (millis < 1000)
                    throw new IOException("the read ended after " + millis + " ms");
                side.say("WAITDONE");
            }
        }, side -> side.accepting(OF_RECORDS, channel -> side.expect("WAITDONE"))));
        CASES.put("SOCK_SEQPACKET invalid receive buffer", Case.client(side -> {
            try (SocketChannel channel = side.connect(OF_RECORDS)) {
                for (byte content : new byte[] { 'a', 'b' }) {
                    byte[] record = new byte[PAGES];
                    Arrays.fill(record, content);
                    check(PAGES, channel.write(ByteBuffer.wrap(record)), "bytes sent");
                }
            }
        }, "a buffer has no holes"));
        CASES.put("SOCK_STREAM poll() + SO_RCVLOWAT", Case.server(side -> side.accepting(STREAMS, channel -> {
            channel.write(ByteBuffer.wrap(new byte[] { 'A' }));
            side.say("SRVSENT");
            side.expect("CLNSENT");
            for (int i = 0; i < LOW_WATER_MARK - 1; i++)
                channel.write(ByteBuffer.wrap(new byte[] { 'A' }));
            side.expect("POLLDONE");
        }), "a channel has no SO_RCVLOWAT"));
    }

    private final boolean isServer;
    private final int cid;
    private final Socket control;
    private final BufferedReader lines;

    private LinuxTestPeer(boolean isServer, int cid, Socket control) throws IOException {
        this.isServer = isServer;
        this.cid = cid;
        this.control = control;
        control.setTcpNoDelay(true);
        lines = new BufferedReader(new InputStreamReader(control.getInputStream(), StandardCharsets.US_ASCII));
    }

    public static void main(String[] arguments) throws IOException {
        boolean isServer = arguments[0].equals("server");
        int port = Integer.parseInt(arguments[1]);
        List<String> cases = List.of(arguments).subList(3, arguments.length);
        try (Socket control = isServer ? accepted(port) : new Socket(InetAddress.getLoopbackAddress(), port)) {
            LinuxTestPeer side = new LinuxTestPeer(isServer, Integer.parseInt(arguments[2]), control);
            for (String name : cases)
                side.play(name);
            side.say("COMPLETED");
            side.expect("COMPLETED");
        }
    }

    private static Socket accepted(int port) throws IOException {
        try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return server.accept();
        }
    }

    private void play(String name) throws IOException {
        Case entry = CASES.getOrDefault(name, new Case(null, null, "not written yet", "not written yet"));
        Part part = isServer ? entry.server : entry.client;
        String title = "linux: Java is the " + (isServer ? "server" : "client") + ": " + name;
        say(part == null ? "SKIP" : "NEXT");
        boolean other = line().equals("NEXT");
        if (part == null || !other) {
            System.out.println("skip - " + title + ": " + (other ? reason(entry) : "the other side skips it"));
            return;
        }
        try {
            part.run(this);
            System.out.println("ok - " + title);
        } catch (IOException | RuntimeException e) {
            System.out.println("not ok - " + title + ": " + e);
            throw e;
        }
    }

    private String reason(Case entry) {
        return isServer ? entry.withoutServer : entry.withoutClient;
    }

    private void say(String line) throws IOException {
        control.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private String line() throws IOException {
        String line = lines.readLine();
        if (line == null)
            throw new IOException("the other side has ended");
        return line;
    }

    private void expect(String expected) throws IOException {
        check(expected, line(), "the other side's line");
    }

    /** Connects as soon as the other side listens. */
    private SocketChannel connect(ProtocolFamily family) throws IOException {
        expect("LISTENING");
        return connected(family);
    }

    private SocketChannel connected(ProtocolFamily family) throws IOException {
        SocketChannel channel = SocketChannel.open(family);
        try {
            channel.connect(VsockSocketAddress.of(cid, PORT));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private SocketChannel accept(ProtocolFamily family) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(family)) {
            server.bind(VsockSocketAddress.any(PORT));
            say("LISTENING");
            return server.accept();
        }
    }

    /** Uses an accepted channel. */
    private interface Use {
        void run(SocketChannel channel) throws IOException;
    }

    private void accepting(ProtocolFamily family, Use use) throws IOException {
        try (SocketChannel channel = accept(family)) {
            use.run(channel);
        }
    }

    private void connectSendAndClose(ProtocolFamily family) throws IOException {
        try (SocketChannel channel = connect(family)) {
            check(1, channel.write(ByteBuffer.wrap(new byte[] { 'A' })), "bytes sent");
        }
    }

    private void assertRefused() {
        assertFails(ConnectException.class, () -> connected(STREAMS).close());
    }

    /** The peer has sent a byte and closed: that byte comes, then the end, and a write fails. */
    private static void assertClosedByPeer(SocketChannel channel) throws IOException {
        assertByte(channel);
        check(-1, channel.read(ByteBuffer.allocate(1)), "the end");
        IOException failure = assertFails(IOException.class, () -> channel.write(ByteBuffer.wrap(new byte[1])));
        check("Broken pipe", failure.getMessage(), "the failure");
    }

    private static void assertByte(SocketChannel channel) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(1);
        check(1, channel.read(dst), "bytes read");
        check((byte) 'A', dst.get(0), "the byte");
    }

    /** Makes a connection; each of many. */
    private interface Connector {
        SocketChannel connect(ProtocolFamily family) throws IOException;
    }

    /** Sends a byte over every other connection, and receives one over those between. */
    private void useMany(Connector connector, int firstToReceive) throws IOException {
        List<Closeable> channels = new ArrayList<>();
        try {
            List<SocketChannel> open = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                open.add(connector.connect(STREAMS));
                channels.add(open.get(i));
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                if (i % 2 == firstToReceive)
                    assertByte(open.get(i));
                else
                    check(1, open.get(i).write(ByteBuffer.wrap(new byte[] { 'A' })), "bytes sent");
            }
        } finally {
            for (Closeable channel : channels)
                channel.close();
        }
    }

    private static void check(Object expected, Object actual, String what) {
        if (!expected.equals(actual))
            throw new IllegalStateException(what + ": " + actual + ", expected: " + expected);
    }

    /** What must fail. */
    private interface Call {
        void run() throws IOException;
    }

    private static <E extends IOException> E assertFails(Class<E> expected, Call call) {
        try {
            call.run();
        } catch (IOException e) {
            if (expected.isInstance(e))
                return expected.cast(e);
            throw new IllegalStateException(expected.getSimpleName() + " expected, but it was " + e, e);
        }
        throw new IllegalStateException(expected.getSimpleName() + " expected");
    }
}
