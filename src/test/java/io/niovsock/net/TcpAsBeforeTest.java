// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * A TCP socket gives exactly the JDK's own answers, for correct use and incorrect use. Only a socket without an address
 * supports more options: those of vsock.
 */
class TcpAsBeforeTest {
    private interface Question {
        Object ask() throws Exception;
    }

    /** The answers by question. Ports differ from socket to socket, and are cut out. */
    private static final class Answers extends TreeMap<String, String> {
        private static final long serialVersionUID = 1;
        private static final Set<String> UNDECIDED = Set.of("new", "bound to any", "failed", "new server");

        void add(String question, Question asked) {
            String answer;
            try {
                answer = String.valueOf(asked.ask());
            } catch (Exception e) {
                answer = e.toString();
            }
            put(String.format("%02d %s", size(), question), answer.replaceAll("(port=|:)[1-9][0-9]{2,4}", "$1N"));
        }

        void addClient(String state, Socket socket) {
            add(state + " toString", socket::toString);
            add(state + " getInetAddress", socket::getInetAddress);
            add(state + " getLocalAddress", socket::getLocalAddress);
            add(state + " getPort", () -> socket.getPort() > 0);
            add(state + " getLocalPort", () -> Integer.signum(socket.getLocalPort()));
            add(state + " getRemoteSocketAddress", socket::getRemoteSocketAddress);
            add(state + " getLocalSocketAddress", socket::getLocalSocketAddress);
            add(state + " getChannel", socket::getChannel);
            add(state + " isConnected", socket::isConnected);
            add(state + " isBound", socket::isBound);
            add(state + " isClosed", socket::isClosed);
            add(state + " isInputShutdown", socket::isInputShutdown);
            add(state + " isOutputShutdown", socket::isOutputShutdown);
            add(state + " supportedOptions", () -> tcpOptions(state, socket.supportedOptions()));
            add(state + " getSoTimeout", socket::getSoTimeout);
            add(state + " getTcpNoDelay", socket::getTcpNoDelay);
            add(state + " getSoLinger", socket::getSoLinger);
            add(state + " getKeepAlive", socket::getKeepAlive);
            add(state + " getOOBInline", socket::getOOBInline);
            add(state + " getReuseAddress", socket::getReuseAddress);
            add(state + " getTrafficClass", socket::getTrafficClass);
            add(state + " getSendBufferSize", () -> socket.getSendBufferSize() > 0);
            add(state + " getReceiveBufferSize", () -> socket.getReceiveBufferSize() > 0);
            add(state + " setOption", () -> socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1));
            add(state + " getOption", () -> socket.getOption(StandardSocketOptions.SO_BROADCAST));
            add(state + " connect(null)", () -> { socket.connect(null); return ""; });
            add(state + " connect(unix)",
                () -> { socket.connect(java.net.UnixDomainSocketAddress.of("/x")); return ""; });
            add(state + " connect(negative timeout)",
                () -> { socket.connect(new InetSocketAddress("127.0.0.1", 1), -1); return ""; });
            add(state + " shutdownInput", () -> { socket.shutdownInput(); return ""; });
            add(state + " shutdownInput again", () -> { socket.shutdownInput(); return ""; });
            add(state + " shutdownOutput", () -> { socket.shutdownOutput(); return ""; });
            add(state + " getInputStream", () -> socket.getInputStream().read());
            add(state + " getOutputStream", socket::getOutputStream);
            add(state + " sendUrgentData", () -> { socket.sendUrgentData(1); return ""; });
        }

        private static Set<String> tcpOptions(String state, Set<SocketOption<?>> options) {
            Set<String> names = new TreeSet<>();
            for (SocketOption<?> option : options)
                if (!UNDECIDED.contains(state) || !option.getClass().getName().startsWith("io.niovsock."))
                    names.add(option.toString());
            return names;
        }

        void addServer(String state, ServerSocket server) {
            add(state + " toString", server::toString);
            add(state + " getInetAddress", server::getInetAddress);
            add(state + " getLocalPort", () -> Integer.signum(server.getLocalPort()));
            add(state + " getLocalSocketAddress", server::getLocalSocketAddress);
            add(state + " isBound", server::isBound);
            add(state + " isClosed", server::isClosed);
            add(state + " supportedOptions", () -> tcpOptions(state, server.supportedOptions()));
            add(state + " getReuseAddress", server::getReuseAddress);
            add(state + " getSoTimeout", server::getSoTimeout);
            add(state + " getReceiveBufferSize", server::getReceiveBufferSize);
            add(state + " bind again", () -> { if (server.isBound()) server.bind(null); return ""; });
            add(state + " accept", () -> { server.setSoTimeout(1); return server.accept(); });
        }
    }

    private static Map<String, String> answersOf(SocketKind kind) throws Exception {
        Answers answers = new Answers();
        try (Socket socket = kind.open()) {
            answers.addClient("new", socket);
        }
        try (Socket socket = kind.open()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            answers.addClient("bound", socket);
            answers.add("bind again", () -> { socket.bind(null); return ""; });
        }
        try (Socket socket = kind.open()) {
            socket.bind(null);
            answers.addClient("bound to any", socket);
        }
        try (SocketPair pair = SocketPair.of(kind)) {
            answers.add("available", pair.client().getInputStream()::available);
            answers.add("connect again", () -> { pair.client()
                .connect(pair.client().getRemoteSocketAddress()); return ""; });
            answers.addClient("connected", pair.client());
            answers.addClient("accepted", pair.peer());
            pair.close();
            answers.addClient("closed", pair.client());
        }
        for (InetSocketAddress nowhere : new InetSocketAddress[] { kind.nobody(),
                InetSocketAddress.createUnresolved("host.invalid", 80), new InetSocketAddress("127.0.0.1", 0) }) {
            try (Socket socket = kind.open()) {
                answers.add("connect to " + nowhere.getHostString(),
                    () -> { socket.connect(nowhere, 1000); return ""; });
                answers.add("connect again", () -> { socket.connect(nowhere); return ""; });
                answers.addClient("failed", socket);
            }
        }
        try (Socket socket = kind.open()) {
            answers.add("bind elsewhere", () -> { socket.bind(new InetSocketAddress("192.0.2.1", 0)); return ""; });
            answers.add("bind(unix)", () -> { socket.bind(java.net.UnixDomainSocketAddress.of("/x")); return ""; });
        }
        try (ServerSocket server = kind.openServer()) {
            answers.addServer("new server", server);
            answers.add("bind elsewhere", () -> { server.bind(new InetSocketAddress("192.0.2.1", 0)); return ""; });
            server.bind(new InetSocketAddress(0));
            answers.addServer("listening", server);
            server.close();
            answers.addServer("closed server", server);
        }
        return answers;
    }

    @Test
    void every_answer_is_the_same() throws Exception {
        assertEquals(lines(answersOf(SocketKind.JDK_TCP)), lines(answersOf(SocketKind.TCP)));
    }

    private static String lines(Map<String, String> answers) {
        StringBuilder text = new StringBuilder();
        answers.forEach((question, answer) -> text.append(question).append(": ").append(answer).append('\n'));
        return text.toString();
    }
}
