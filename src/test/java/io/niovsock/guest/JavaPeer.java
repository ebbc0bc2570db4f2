// SPDX-License-Identifier: Apache-2.0
package io.niovsock.guest;

import io.niovsock.Vsock;
import io.niovsock.VsockSocketAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import static io.niovsock.VsockProtocolFamily.VSOCK;

/**
 * The streams of {@code src/test/c/peer.c} in Java, for a guest: {@code take}, {@code give}, {@code call} and
 * {@code dial}, and besides:
 * <pre>
 *   cid                   answers with the CID of its machine
 *   doctor CID PORT STATUS answers with what `doctor` says of that endpoint, and of this machine
 *   dial-to-host CID PORT like `dial`, with TO_HOST
 *   visit CID PORT BYTES  exchanges bytes with the peer at that endpoint, with TO_HOST; answers `ok`, or how it failed
 * </pre>
 * <pre>JavaPeer PORT</pre>
 */
final class JavaPeer {
    private static final int GIFTS = 20;

    private JavaPeer() { }

    public static void main(String[] args) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(VSOCK)) {
            server.bind(VsockSocketAddress.of(VsockSocketAddress.CID_ANY, Long.parseLong(args[0])));
            while (true) {
                SocketChannel channel = server.accept();
                new Thread(() -> serve(channel)).start();
            }
        }
    }

    private static void serve(SocketChannel connection) {
        try (SocketChannel channel = connection) {
            obey(channel, readCommand(channel));
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
        }
    }

    /** Reads byte by byte, so that the bytes after the line stay in the socket. */
    private static String readCommand(SocketChannel channel) throws IOException {
        StringBuilder command = new StringBuilder();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (channel.read(one.clear()) > 0 && one.get(0) != '\n')
            command.append((char) one.get(0));
        return command.toString();
    }

    private static void obey(SocketChannel channel, String command) throws Exception {
        String[] words = command.split(" ", 4);
        switch (words[0]) {
            case "" -> { }
            case "take" -> Peer.writeLine(channel, Peer.collect(channel, VSOCK, Long.parseLong(words[1])).toString());
            case "give" -> {
                Peer.writeLine(channel, Peer.pour(channel, VSOCK, Long.parseLong(words[1])).toString());
                awaitEnd(channel);
            }
            case "call" -> {
                try (SocketChannel other = peer(words, false).connect(VSOCK)) {
                    obey(other, words[3]);
                }
            }
            case "dial" -> Peer.writeLine(channel, dial(peer(words, false)));
            case "dial-to-host" -> Peer.writeLine(channel, dial(peer(words, true)));
            case "doctor" -> channel.write(ByteBuffer.wrap(ToolProcess.doctor(Integer.parseInt(words[3]),
                Long.parseLong(words[1]), Long.parseLong(words[2])).getBytes(StandardCharsets.UTF_8)));
            case "cid" -> Peer.writeLine(channel, Long.toString(Vsock.localCid()));
            case "visit" -> Peer.writeLine(channel, visit(peer(words, true), Integer.parseInt(words[3])));
            default -> throw new IOException("no such command: " + command);
        }
    }

    private static Peer peer(String[] words, boolean toHost) {
        return new Peer(Long.parseLong(words[1]), Long.parseLong(words[2]), toHost);
    }

    private static void awaitEnd(SocketChannel channel) throws IOException {
        while (channel.read(ByteBuffer.allocate(1)) > 0)
            Thread.onSpinWait();
    }

    private static String dial(Peer peer) {
        try (SocketChannel channel = peer.connect(VSOCK)) {
            return "connected";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String visit(Peer peer, int bytes) {
        try (SocketChannel channel = peer.tell(VSOCK, "take " + bytes)) {
            Peer.sendSlowly(channel, bytes);
            for (int i = 0; i < GIFTS; i++)
                receive(peer);
            return "ok";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void receive(Peer peer) throws IOException {
        try (SocketChannel channel = peer.tell(VSOCK, "give " + Peer.SMALL)) {
            Peer.receive(channel, VSOCK, Peer.SMALL);
        }
    }
}
