// SPDX-License-Identifier: Apache-2.0
package io.niovsock.socket;

import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Contract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Every method of a listening channel and of its socket, in every state and with odd arguments, compared with the
 * platform's.
 */
class ListenerContractTest {
    private static final class ForeignAddress extends SocketAddress {
        private static final long serialVersionUID = 1L;
    }

    private static final InetSocketAddress UNRESOLVED = InetSocketAddress.createUnresolved("name.invalid", 80);
    private static final SocketAddress FOREIGN = new ForeignAddress();
    private static final SocketAddress UNIX = UnixDomainSocketAddress.of("/nowhere");

    /** A channel; a listener at another endpoint; and a connection that waits for an accept, or null. */
    private record Subject(ChannelKind kind, ServerSocketChannel channel, ServerSocketChannel other,
                           SocketChannel waiting) implements AutoCloseable {
        static Subject unbound(ChannelKind kind) throws Exception {
            return new Subject(kind, kind.openServer(), kind.listen(), null);
        }

        static Subject bound(ChannelKind kind) throws Exception {
            return new Subject(kind, kind.listen(), kind.listen(), null);
        }

        Subject withAConnection() throws Exception {
            SocketChannel client = kind.openClient();
            client.connect(channel.getLocalAddress());
            return new Subject(kind, channel, other, client);
        }

        ServerSocket socket() {
            return channel.socket();
        }

        Subject nonBlocking() throws Exception {
            channel.configureBlocking(false);
            return this;
        }

        Subject closed() throws Exception {
            channel.close();
            return this;
        }

        @Override
        public void close() throws Exception {
            channel.close();
            other.close();
            if (waiting != null)
                waiting.close();
        }
    }

    private static Object accept(SocketChannel accepted) throws Exception {
        if (accepted == null)
            return null;
        accepted.close();
        return accepted;
    }

    private static Object accept(Socket accepted) throws Exception {
        accepted.close();
        return accepted;
    }

    private static final Contract<ChannelKind, Subject> CONTRACT = new Contract<ChannelKind, Subject>()
        .state("new", Subject::unbound)
        .state("new, non-blocking", kind -> Subject.unbound(kind).nonBlocking())
        .state("bound, with a connection", kind -> Subject.bound(kind).withAConnection())
        .state("bound, non-blocking", kind -> Subject.bound(kind).nonBlocking())
        .state("bound, non-blocking, with a connection", kind -> Subject.bound(kind).withAConnection().nonBlocking())
        .state("closed when new", kind -> Subject.unbound(kind).closed())
        .state("closed when new and non-blocking", kind -> Subject.unbound(kind).nonBlocking().closed())
        .state("closed when bound", kind -> Subject.bound(kind).closed())
        .state("closed when bound and non-blocking", kind -> Subject.bound(kind).nonBlocking().closed())

        .action("bind(null)", s -> s.channel.bind(null))
        .action("bind(free)", s -> s.channel.bind(s.kind.freeEndpoint()))
        .action("bind(free, backlog)", s -> s.channel.bind(s.kind.freeEndpoint(), -1))
        .action("bind(taken)", s -> s.channel.bind(s.other.getLocalAddress()))
        .action("bind(unresolved)", s -> s.channel.bind(UNRESOLVED))
        .action("bind(foreign)", s -> s.channel.bind(FOREIGN))
        .action("bind(unix)", s -> s.channel.bind(UNIX))
        .value("accept", s -> accept(s.channel.accept()))
        .value("getLocalAddress", s -> s.channel.getLocalAddress())
        .action("configureBlocking(true)", s -> s.channel.configureBlocking(true))
        .action("configureBlocking(false)", s -> s.channel.configureBlocking(false))
        .value("validOps", s -> s.channel.validOps())
        .value("register(null)", s -> s.channel.register(null, 0))
        .value("register(closed selector)", s -> {
            Selector selector = Selector.open();
            selector.close();
            return s.channel.register(selector, 0);
        })
        .value("register(read)", s -> {
            try (Selector selector = Selector.open()) {
                return s.channel.register(selector, SelectionKey.OP_READ);
            }
        })
        .value("register", s -> {
            try (Selector selector = Selector.open()) {
                return s.channel.register(selector, SelectionKey.OP_ACCEPT);
            }
        })
        .action("setOption", s -> s.channel.setOption(StandardSocketOptions.SO_REUSEADDR, true))
        .action("setOption(null)", s -> s.channel.setOption(null, true))
        .action("setOption(no value)", s -> s.channel.setOption(StandardSocketOptions.SO_REUSEADDR, null))
        .action("setOption(out of range)", s -> s.channel.setOption(StandardSocketOptions.SO_RCVBUF, -1))
        .action("setOption(not supported)", s -> s.channel.setOption(StandardSocketOptions.TCP_NODELAY, true))
        .action("setOption(not supported, no value)", s -> s.channel.setOption(StandardSocketOptions.TCP_NODELAY, null))
        .value("getOption", s -> s.channel.getOption(StandardSocketOptions.SO_REUSEADDR))
        .value("getOption(null)", s -> s.channel.getOption((SocketOption<?>) null))
        .value("getOption(not supported)", s -> s.channel.getOption(StandardSocketOptions.TCP_NODELAY))
        .value("supportedOptions", s -> s.channel.supportedOptions())
        .action("close", s -> s.channel.close())

        .action("socket.bind(null)", s -> s.socket().bind(null))
        .action("socket.bind(free)", s -> s.socket().bind(s.kind.freeEndpoint()))
        .action("socket.bind(free, backlog)", s -> s.socket().bind(s.kind.freeEndpoint(), -1))
        .action("socket.bind(taken)", s -> s.socket().bind(s.other.getLocalAddress()))
        .action("socket.bind(unresolved)", s -> s.socket().bind(UNRESOLVED))
        .action("socket.bind(foreign)", s -> s.socket().bind(FOREIGN))
        .action("socket.bind(unix)", s -> s.socket().bind(UNIX))
        .value("socket.accept", s -> accept(s.socket().accept()))
        .value("socket.accept with a timeout", s -> {
            s.socket().setSoTimeout(1);
            return accept(s.socket().accept());
        })
        .value("socket.getInetAddress", s -> s.socket().getInetAddress())
        .value("socket.getLocalPort", s -> s.socket().getLocalPort())
        .value("socket.getLocalSocketAddress", s -> s.socket().getLocalSocketAddress())
        .value("socket.isBound", s -> s.socket().isBound())
        .value("socket.isClosed", s -> s.socket().isClosed())
        .action("socket.setSoTimeout", s -> s.socket().setSoTimeout(7))
        .action("socket.setSoTimeout(negative)", s -> s.socket().setSoTimeout(-1))
        .value("socket.getSoTimeout", s -> s.socket().getSoTimeout())
        .action("socket.setReuseAddress", s -> s.socket().setReuseAddress(true))
        .value("socket.getReuseAddress", s -> s.socket().getReuseAddress())
        .action("socket.setReceiveBufferSize", s -> s.socket().setReceiveBufferSize(8192))
        .action("socket.setReceiveBufferSize(0)", s -> s.socket().setReceiveBufferSize(0))
        .value("socket.getReceiveBufferSize", s -> s.socket().getReceiveBufferSize())
        .action("socket.setPerformancePreferences", s -> s.socket().setPerformancePreferences(1, 2, 3))
        .action("socket.setOption", s -> s.socket().setOption(StandardSocketOptions.SO_REUSEADDR, true))
        .action("socket.setOption(null)", s -> s.socket().setOption(null, true))
        .action("socket.setOption(not supported)", s -> s.socket().setOption(StandardSocketOptions.TCP_NODELAY, true))
        .value("socket.getOption", s -> s.socket().getOption(StandardSocketOptions.SO_REUSEADDR))
        .value("socket.supportedOptions", s -> s.socket().supportedOptions())
        .value("socket.toString", s -> s.socket().toString().replaceAll("(addr|localport)=[^,\\]]*", "$1="))
        .action("socket.close", s -> s.socket().close());

    private static Object afterwards(Subject subject) {
        return (subject.channel.isOpen() ? "open" : "closed") + (subject.channel.isBlocking() ? "" : ", non-blocking")
            + (subject.socket().isBound() ? ", bound" : "");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JDK_TCP")
    void everyOperationInEveryStateIsAsThePlatforms(ChannelKind channel) throws Exception {
        assertEquals("", Contract.differences(CONTRACT.outcomes(ChannelKind.JDK_TCP, ListenerContractTest::afterwards),
            CONTRACT.outcomes(channel, ListenerContractTest::afterwards)));
    }
}
