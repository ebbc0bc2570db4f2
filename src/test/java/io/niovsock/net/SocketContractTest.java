// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

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

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Every method of the factories' sockets, in every state and with odd arguments, compared with the platform's own
 * sockets.
 */
class SocketContractTest {
    private static final class ForeignAddress extends SocketAddress {
        private static final long serialVersionUID = 1L;
    }

    private static final InetSocketAddress UNRESOLVED = InetSocketAddress.createUnresolved("name.invalid", 80);
    private static final SocketAddress FOREIGN = new ForeignAddress();
    private static final SocketAddress UNIX = UnixDomainSocketAddress.of("/nowhere");

    /** A socket, a listener, and a peer that has sent three bytes, or null. */
    private record Subject(SocketKind kind, Socket socket, ServerSocket listener, Socket peer)
        implements AutoCloseable {
        static Subject unconnected(SocketKind kind) throws Exception {
            return new Subject(kind, kind.open(), kind.listen(), null);
        }

        static Subject connected(SocketKind kind) throws Exception {
            return connected(kind, kind.open());
        }

        private static Subject connected(SocketKind kind, Socket socket) throws Exception {
            ServerSocket listener = kind.listen();
            socket.connect(listener.getLocalSocketAddress());
            Socket peer = listener.accept();
            peer.getOutputStream().write(new byte[3]);
            return new Subject(kind, socket, listener, peer);
        }

        static Subject accepted(SocketKind kind) throws Exception {
            Subject connected = connected(kind);
            connected.socket.getOutputStream().write(new byte[3]);
            return new Subject(kind, connected.peer, connected.listener, connected.socket);
        }

        Subject bound() throws Exception {
            socket.bind(kind.freeEndpoint());
            return this;
        }

        Subject closed() throws Exception {
            socket.close();
            return this;
        }

        SocketAddress somebody() {
            return listener.getLocalSocketAddress();
        }

        @Override
        public void close() throws Exception {
            socket.close();
            listener.close();
            if (peer != null)
                peer.close();
        }
    }

    private static final Contract<SocketKind, Subject> CONTRACT = new Contract<SocketKind, Subject>()
        .state("new", Subject::unconnected)
        .state("bound", kind -> Subject.unconnected(kind).bound())
        .state("connected", Subject::connected)
        .state("accepted", Subject::accepted)
        .state("input shut down", kind -> {
            Subject subject = Subject.connected(kind);
            subject.socket.shutdownInput();
            return subject;
        })
        .state("output shut down", kind -> {
            Subject subject = Subject.connected(kind);
            subject.socket.shutdownOutput();
            return subject;
        })
        .state("closed when new", kind -> Subject.unconnected(kind).closed())
        .state("closed when bound", kind -> Subject.unconnected(kind).bound().closed())
        .state("closed when connected", kind -> Subject.connected(kind).closed())
        .state("closed when bound and connected", kind -> {
            Socket socket = kind.open();
            socket.bind(kind.freeEndpoint());
            return Subject.connected(kind, socket).closed();
        })
        .state("closed when accepted", kind -> Subject.accepted(kind).closed())

        .action("bind(null)", s -> s.socket.bind(null))
        .action("bind(free)", s -> s.socket.bind(s.kind.freeEndpoint()))
        .action("bind(taken)", s -> s.socket.bind(s.somebody()))
        .action("bind(unresolved)", s -> s.socket.bind(UNRESOLVED))
        .action("bind(foreign)", s -> s.socket.bind(FOREIGN))
        .action("bind(unix)", s -> s.socket.bind(UNIX))
        .action("connect", s -> s.socket.connect(s.somebody()))
        .action("connect(timeout)", s -> s.socket.connect(s.somebody(), 10_000))
        .action("connect(null)", s -> s.socket.connect(null))
        .action("connect(negative timeout)", s -> s.socket.connect(s.somebody(), -1))
        .action("connect(unresolved)", s -> s.socket.connect(UNRESOLVED))
        .action("connect(foreign)", s -> s.socket.connect(FOREIGN))
        .action("connect(unix)", s -> s.socket.connect(UNIX))
        .value("getInetAddress", s -> s.socket.getInetAddress())
        .value("getLocalAddress", s -> s.socket.getLocalAddress())
        .value("getPort", s -> s.socket.getPort())
        .value("getLocalPort", s -> s.socket.getLocalPort())
        .value("getRemoteSocketAddress", s -> s.socket.getRemoteSocketAddress())
        .value("getLocalSocketAddress", s -> s.socket.getLocalSocketAddress())
        .value("getChannel", s -> s.socket.getChannel())
        .value("getInputStream", s -> s.socket.getInputStream())
        .value("getOutputStream", s -> s.socket.getOutputStream())
        .value("read", s -> s.socket.getInputStream().read())
        .value("read(no room)", s -> s.socket.getInputStream().read(new byte[0]))
        .value("read(outside)", s -> s.socket.getInputStream().read(new byte[1], 0, 2))
        .value("read(null)", s -> s.socket.getInputStream().read(null, 0, 0))
        .value("available", s -> s.socket.getInputStream().available())
        .action("write", s -> s.socket.getOutputStream().write(1))
        .action("write(nothing)", s -> s.socket.getOutputStream().write(new byte[0]))
        .action("write(outside)", s -> s.socket.getOutputStream().write(new byte[1], 1, 1))
        .action("write(null)", s -> s.socket.getOutputStream().write(null, 0, 0))
        .action("setSoTimeout", s -> s.socket.setSoTimeout(7))
        .action("setSoTimeout(negative)", s -> s.socket.setSoTimeout(-1))
        .value("getSoTimeout", s -> s.socket.getSoTimeout())
        .action("setTcpNoDelay", s -> s.socket.setTcpNoDelay(true))
        .value("getTcpNoDelay", s -> s.socket.getTcpNoDelay())
        .action("setKeepAlive", s -> s.socket.setKeepAlive(true))
        .value("getKeepAlive", s -> s.socket.getKeepAlive())
        .action("setReuseAddress", s -> s.socket.setReuseAddress(true))
        .value("getReuseAddress", s -> s.socket.getReuseAddress())
        .action("setSoLinger", s -> s.socket.setSoLinger(true, 1))
        .action("setSoLinger(negative)", s -> s.socket.setSoLinger(true, -1))
        .value("getSoLinger", s -> s.socket.getSoLinger())
        .action("setTrafficClass(out of range)", s -> s.socket.setTrafficClass(256))
        .value("getTrafficClass", s -> s.socket.getTrafficClass())
        .action("setSendBufferSize(0)", s -> s.socket.setSendBufferSize(0))
        .value("getSendBufferSize", s -> s.socket.getSendBufferSize())
        .action("setReceiveBufferSize(0)", s -> s.socket.setReceiveBufferSize(0))
        .value("getReceiveBufferSize", s -> s.socket.getReceiveBufferSize())
        .action("setOOBInline", s -> s.socket.setOOBInline(false))
        .value("getOOBInline", s -> s.socket.getOOBInline())
        .action("shutdownInput", s -> s.socket.shutdownInput())
        .action("shutdownOutput", s -> s.socket.shutdownOutput())
        .value("isInputShutdown", s -> s.socket.isInputShutdown())
        .value("isOutputShutdown", s -> s.socket.isOutputShutdown())
        .value("isConnected", s -> s.socket.isConnected())
        .value("isBound", s -> s.socket.isBound())
        .value("isClosed", s -> s.socket.isClosed())
        .action("setOption", s -> s.socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true))
        .action("setOption(null)", s -> s.socket.setOption(null, true))
        .action("setOption(no value)", s -> s.socket.setOption(StandardSocketOptions.SO_KEEPALIVE, null))
        .action("setOption(not supported)", s -> s.socket.setOption(StandardSocketOptions.SO_BROADCAST, true))
        .action("setOption(not supported, no value)", s -> s.socket.setOption(StandardSocketOptions.SO_BROADCAST, null))
        .action("setOption(out of range)", s -> s.socket.setOption(StandardSocketOptions.SO_RCVBUF, -1))
        .action("setOption(another type)", s -> s.socket.setOption(untyped(StandardSocketOptions.SO_RCVBUF), "1"))
        .value("getOption", s -> s.socket.getOption(StandardSocketOptions.SO_KEEPALIVE))
        .value("getOption(null)", s -> s.socket.getOption((SocketOption<?>) null))
        .value("getOption(not supported)", s -> s.socket.getOption(StandardSocketOptions.SO_BROADCAST))
        .value("supportedOptions", s -> s.socket.supportedOptions())
        .value("toString", s -> s.socket.toString().replaceAll("(addr|port|localport)=[^,\\]]*", "$1="))
        .action("close", s -> s.socket.close());

    /** A listener, and another at another endpoint. */
    private record Listener(SocketKind kind, ServerSocket socket, ServerSocket other) implements AutoCloseable {
        static Listener unbound(SocketKind kind) throws Exception {
            return new Listener(kind, kind.openServer(), kind.listen());
        }

        static Listener bound(SocketKind kind) throws Exception {
            return new Listener(kind, kind.listen(), kind.listen());
        }

        Listener closed() throws Exception {
            socket.close();
            return this;
        }

        @Override
        public void close() throws Exception {
            socket.close();
            other.close();
        }
    }

    private static final Contract<SocketKind, Listener> LISTENERS = new Contract<SocketKind, Listener>()
        .state("new", Listener::unbound)
        .state("bound", Listener::bound)
        .state("closed when new", kind -> Listener.unbound(kind).closed())
        .state("closed when bound", kind -> Listener.bound(kind).closed())

        .action("bind(null)", s -> s.socket.bind(null))
        .action("bind(free)", s -> s.socket.bind(s.kind.freeEndpoint()))
        .action("bind(free, backlog)", s -> s.socket.bind(s.kind.freeEndpoint(), -1))
        .action("bind(taken)", s -> s.socket.bind(s.other.getLocalSocketAddress()))
        .action("bind(unresolved)", s -> s.socket.bind(UNRESOLVED))
        .action("bind(foreign)", s -> s.socket.bind(FOREIGN))
        .action("bind(unix)", s -> s.socket.bind(UNIX))
        .value("accept with a timeout", s -> {
            s.socket.setSoTimeout(1);
            return s.socket.accept();
        })
        .value("getInetAddress", s -> s.socket.getInetAddress())
        .value("getLocalPort", s -> s.socket.getLocalPort())
        .value("getLocalSocketAddress", s -> s.socket.getLocalSocketAddress())
        .value("getChannel", s -> s.socket.getChannel())
        .value("isBound", s -> s.socket.isBound())
        .value("isClosed", s -> s.socket.isClosed())
        .action("setSoTimeout", s -> s.socket.setSoTimeout(7))
        .action("setSoTimeout(negative)", s -> s.socket.setSoTimeout(-1))
        .value("getSoTimeout", s -> s.socket.getSoTimeout())
        .action("setReuseAddress", s -> s.socket.setReuseAddress(true))
        .value("getReuseAddress", s -> s.socket.getReuseAddress())
        .action("setReceiveBufferSize(0)", s -> s.socket.setReceiveBufferSize(0))
        .value("getReceiveBufferSize", s -> s.socket.getReceiveBufferSize())
        .action("setOption", s -> s.socket.setOption(StandardSocketOptions.SO_REUSEADDR, true))
        .action("setOption(null)", s -> s.socket.setOption(null, true))
        .action("setOption(no value)", s -> s.socket.setOption(StandardSocketOptions.SO_REUSEADDR, null))
        .action("setOption(not supported)", s -> s.socket.setOption(StandardSocketOptions.SO_BROADCAST, true))
        .value("getOption", s -> s.socket.getOption(StandardSocketOptions.SO_REUSEADDR))
        .value("getOption(not supported)", s -> s.socket.getOption(StandardSocketOptions.SO_BROADCAST))
        .value("supportedOptions", s -> s.socket.supportedOptions())
        .value("toString", s -> s.socket.toString().replaceAll("(addr|localport)=[^,\\]]*", "$1="))
        .action("close", s -> s.socket.close());

    @SuppressWarnings("unchecked")
    private static SocketOption<Object> untyped(SocketOption<?> option) {
        return (SocketOption<Object>) option;
    }

    private static Object afterwards(Subject subject) {
        return (subject.socket.isClosed() ? "closed" : "open") + (subject.socket.isBound() ? ", bound" : "")
            + (subject.socket.isConnected() ? ", connected" : "");
    }

    private static Object afterwards(Listener listener) {
        return (listener.socket.isClosed() ? "closed" : "open") + (listener.socket.isBound() ? ", bound" : "");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JDK_TCP")
    void everyOperationInEveryStateIsAsThePlatforms(SocketKind kind) throws Exception {
        assertEquals("", Contract.differences(CONTRACT.outcomes(SocketKind.JDK_TCP, SocketContractTest::afterwards),
            CONTRACT.outcomes(kind, SocketContractTest::afterwards)));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JDK_TCP")
    void everyOperationOfAListenerInEveryStateIsAsThePlatforms(SocketKind kind) throws Exception {
        assertEquals("", Contract.differences(LISTENERS.outcomes(SocketKind.JDK_TCP, SocketContractTest::afterwards),
            LISTENERS.outcomes(kind, SocketContractTest::afterwards)));
    }
}
