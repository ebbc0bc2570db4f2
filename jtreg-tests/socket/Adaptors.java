// SPDX-License-Identifier: Apache-2.0
/* @test
 * @summary channel.socket() is one socket for the channel's life, knows its channel and endpoints before and after it is decided,
 *          and its streams speak
 * @library /lib
 * @run main/othervm Adaptors
 */

import vsocktest.Attempt;
import vsocktest.Check;
import vsocktest.Family;
import vsocktest.Leaks;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class Adaptors {
    public static void main(String[] args) throws Exception {
        Leaks.check(() -> {
            for (Family family : Family.values())
                conversation(family);
        });
    }

    private static void conversation(Family family) throws Exception {
        try (ServerSocketChannel serverChannel = family.openServer(); SocketChannel clientChannel = family.open()) {
            ServerSocket server = serverChannel.socket();
            Socket client = clientChannel.socket();
            Check.that(!server.isBound() && !client.isBound() && !client.isConnected(), "nothing yet");
            Check.fails(SocketException.class, client::getInputStream);
            Check.fails(SocketException.class, client::getOutputStream);
            Check.fails(SocketException.class, server::accept);
            client.setTcpNoDelay(true);
            client.setKeepAlive(true);

            server.bind(family.anyPort());
            client.connect(server.getLocalSocketAddress());
            Check.that(client.getTcpNoDelay() && client.getKeepAlive(), "the options that were set before");
            try (Socket accepted = server.accept()) {
                identities(serverChannel, server, clientChannel, client, accepted);
                endpoints(server, client, accepted);
                text(client, accepted);
                binary(accepted, client);
                client.close();
                Check.equal(accepted.getInputStream().read(), -1, "the end of the stream");
            }
            Check.that(!clientChannel.isOpen() && client.isClosed(), "closed with its socket");
            Check.fails(SocketException.class, client::getInputStream);
            server.close();
            Check.that(!serverChannel.isOpen() && server.isClosed(), "closed with its socket");
        }
    }

    private static void identities(ServerSocketChannel serverChannel, ServerSocket server, SocketChannel clientChannel, Socket client,
            Socket accepted) {
        Check.that(server.getChannel() == serverChannel && serverChannel.socket() == server, "one server socket");
        Check.that(client.getChannel() == clientChannel && clientChannel.socket() == client, "one socket");
        Check.that(accepted.getChannel().socket() == accepted, "one accepted socket");
    }

    private static void endpoints(ServerSocket server, Socket client, Socket accepted) throws IOException {
        Check.that(server.isBound() && client.isBound() && client.isConnected() && accepted.isConnected(), "bound and connected");
        Check.equal(client.getRemoteSocketAddress(), server.getLocalSocketAddress(), "where the client went");
        Check.equal(accepted.getRemoteSocketAddress(), client.getLocalSocketAddress(), "where the accepted one came from");
        Check.equal(client.getLocalSocketAddress(), client.getChannel().getLocalAddress(), "local address");
        Check.equal(client.getRemoteSocketAddress(), client.getChannel().getRemoteAddress(), "remote address");
        Check.equal(server.getLocalPort(), client.getPort(), "port");
        Check.equal(accepted.getLocalPort(), server.getLocalPort(), "local port of the accepted one");
        Check.equal(new InetSocketAddress(client.getInetAddress(), client.getPort()), client.getRemoteSocketAddress(), "remote, in parts");
    }

    /** Both directions of both sockets at once. */
    private static void text(Socket one, Socket other) throws Exception {
        Attempt<String> answering = Attempt.start(() -> {
            BufferedReader in = new BufferedReader(new InputStreamReader(other.getInputStream()));
            String line = in.readLine();
            new PrintWriter(other.getOutputStream(), true).println("you said: " + line);
            return line;
        }).awaitBlocked();
        BufferedReader in = new BufferedReader(new InputStreamReader(one.getInputStream()));
        Attempt<String> reading = Attempt.start(in::readLine).awaitBlocked();
        new PrintWriter(one.getOutputStream(), true).println("guten Tag");
        Check.equal(answering.result(), "guten Tag", "what was asked");
        Check.equal(reading.result(), "you said: guten Tag", "what was answered");
    }

    private static void binary(Socket from, Socket to) throws IOException {
        DataOutputStream out = new DataOutputStream(from.getOutputStream());
        DataInputStream in = new DataInputStream(to.getInputStream());
        Check.equal(in.available(), 0, "bytes available");
        out.writeLong(Long.MIN_VALUE);
        out.writeUTF("text");
        out.write(200);
        Check.equal(in.readLong(), Long.MIN_VALUE, "the number");
        Check.equal(in.readUTF(), "text", "the text");
        Check.equal(in.read(), 200, "the byte");
        Check.equal(in.read(new byte[0]), 0, "what is read into nothing");
    }
}
