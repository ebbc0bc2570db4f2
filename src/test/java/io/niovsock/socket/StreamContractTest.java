// SPDX-License-Identifier: Apache-2.0
package io.niovsock.socket;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.Contract;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Every method of a connecting channel and of its socket, in every state and with odd arguments, compared with the
 * platform's.
 */
class StreamContractTest {
    private static final class ForeignAddress extends SocketAddress {
        private static final long serialVersionUID = 1L;
    }

    private static final InetSocketAddress UNRESOLVED = InetSocketAddress.createUnresolved("name.invalid", 80);
    private static final SocketAddress FOREIGN = new ForeignAddress();
    private static final SocketAddress UNIX = UnixDomainSocketAddress.of("/nowhere");

    /** A channel, and a peer that has sent three bytes, or null. */
    private record Subject(ChannelKind kind, SocketChannel channel, SocketChannel peer, ServerSocketChannel listener)
        implements AutoCloseable {
        static Subject unconnected(ChannelKind kind) throws Exception {
            return new Subject(kind, kind.openClient(), null, kind.listen());
        }

        static Subject connected(ChannelKind kind) throws Exception {
            ServerSocketChannel listener = kind.listen();
            SocketChannel channel = kind.openClient();
            channel.connect(listener.getLocalAddress());
            SocketChannel peer = listener.accept();
            Streams.write(peer, "abc");
            return new Subject(kind, channel, peer, listener);
        }

        static Subject accepted(ChannelKind kind) throws Exception {
            Subject connected = connected(kind);
            Streams.write(connected.channel, "abc");
            return new Subject(kind, connected.peer, connected.channel, connected.listener);
        }

        /** TCP may take a moment to deliver what was written. */
        private static void awaitBytes(SocketChannel channel) throws Exception {
            try (Selector selector = channel.provider().openSelector()) {
                channel.register(selector, SelectionKey.OP_READ);
                selector.select();
            }
        }

        Socket socket() {
            return channel.socket();
        }

        SocketAddress somebody() throws Exception {
            return listener.getLocalAddress();
        }

        Subject nonBlocking() throws Exception {
            channel.configureBlocking(false);
            if (peer != null && !kind.isVsock())
                awaitBytes(channel);
            return this;
        }

        Subject bound() throws Exception {
            channel.bind(kind.freeEndpoint());
            return this;
        }

        Subject closed() throws Exception {
            channel.close();
            return this;
        }

        @Override
        public void close() throws Exception {
            channel.close();
            listener.close();
            if (peer != null)
                peer.close();
        }
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(3);
    }

    private static ByteBuffer readOnly() {
        return buffer().asReadOnlyBuffer();
    }

    private static final Contract<ChannelKind, Subject> CONTRACT = new Contract<ChannelKind, Subject>()
        .state("new", Subject::unconnected)
        .state("new, with a socket", kind -> {
            Subject subject = Subject.unconnected(kind);
            subject.socket();
            return subject;
        })
        .state("new, non-blocking", kind -> Subject.unconnected(kind).nonBlocking())
        .state("bound", kind -> Subject.unconnected(kind).bound())
        .state("bound, non-blocking", kind -> Subject.unconnected(kind).bound().nonBlocking())
        .state("connected", Subject::connected)
        .state("accepted", Subject::accepted)
        .state("connected, non-blocking", kind -> Subject.connected(kind).nonBlocking())
        .state("input shut down", kind -> {
            Subject subject = Subject.connected(kind);
            subject.channel.shutdownInput();
            return subject;
        })
        .state("output shut down", kind -> {
            Subject subject = Subject.connected(kind);
            subject.channel.shutdownOutput();
            return subject;
        })
        .state("closed when new", kind -> Subject.unconnected(kind).closed())
        .state("closed when new and non-blocking", kind -> Subject.unconnected(kind).nonBlocking().closed())
        .state("closed when bound", kind -> Subject.unconnected(kind).bound().closed())
        .state("closed when connected", kind -> Subject.connected(kind).closed())
        .state("closed when accepted", kind -> Subject.accepted(kind).closed())
        .state("closed when connected and non-blocking", kind -> Subject.connected(kind).nonBlocking().closed())

        .action("bind(null)", s -> s.channel.bind(null))
        .action("bind(free)", s -> s.channel.bind(s.kind.freeEndpoint()))
        .action("bind(wildcard)", s -> s.channel.bind(wildcard(s.kind)))
        .action("bind(unresolved)", s -> s.channel.bind(UNRESOLVED))
        .action("bind(foreign)", s -> s.channel.bind(FOREIGN))
        .action("bind(unix)", s -> s.channel.bind(UNIX))
        .action("bind(taken)", s -> s.channel.bind(s.somebody()))
        .value("connect", s -> s.channel.isBlocking() ? s.channel.connect(s.somebody()) : "not asked")
        .value("connect(null)", s -> s.channel.connect(null))
        .value("connect(unresolved)", s -> s.channel.connect(UNRESOLVED))
        .value("connect(foreign)", s -> s.channel.connect(FOREIGN))
        .value("connect(unix)", s -> s.channel.connect(UNIX))
        .value("finishConnect", s -> s.channel.finishConnect())
        .value("isConnected", s -> s.channel.isConnected())
        .value("isConnectionPending", s -> s.channel.isConnectionPending())
        .value("getLocalAddress", s -> s.channel.getLocalAddress())
        .value("getRemoteAddress", s -> s.channel.getRemoteAddress())
        .action("shutdownInput", s -> s.channel.shutdownInput())
        .action("shutdownOutput", s -> s.channel.shutdownOutput())
        .value("read", s -> s.channel.read(buffer()))
        .value("read(null)", s -> s.channel.read((ByteBuffer) null))
        .value("read(read-only)", s -> s.channel.read(readOnly()))
        .value("read(no room)", s -> s.channel.read(ByteBuffer.allocate(0)))
        .value("read(buffers)", s -> s.channel.read(new ByteBuffer[] { buffer(), buffer() }))
        .value("read(null buffers)", s -> s.channel.read((ByteBuffer[]) null))
        .value("read(no buffers)", s -> s.channel.read(new ByteBuffer[0]))
        .value("read(null among buffers)", s -> s.channel.read(new ByteBuffer[] { buffer(), null }))
        .value("read(read-only among buffers)", s -> s.channel.read(new ByteBuffer[] { buffer(), readOnly() }))
        .value("read(null after read-only)", s -> s.channel.read(new ByteBuffer[] { readOnly(), null }))
        .value("read(outside)", s -> s.channel.read(new ByteBuffer[] { buffer() }, 0, 2))
        .value("read(negative offset)", s -> s.channel.read(new ByteBuffer[] { buffer() }, -1, 1))
        .value("write", s -> s.channel.write(buffer()))
        .value("write(null)", s -> s.channel.write((ByteBuffer) null))
        .value("write(nothing)", s -> s.channel.write(ByteBuffer.allocate(0)))
        .value("write(buffers)", s -> s.channel.write(new ByteBuffer[] { buffer(), buffer() }))
        .value("write(null buffers)", s -> s.channel.write((ByteBuffer[]) null))
        .value("write(no buffers)", s -> s.channel.write(new ByteBuffer[0]))
        .value("write(null among buffers)", s -> s.channel.write(new ByteBuffer[] { buffer(), null }))
        .value("write(outside)", s -> s.channel.write(new ByteBuffer[] { buffer() }, 1, 1))
        .action("configureBlocking(true)", s -> s.channel.configureBlocking(true))
        .action("configureBlocking(false)", s -> s.channel.configureBlocking(false))
        .value("isBlocking", s -> s.channel.isBlocking())
        .value("isRegistered", s -> s.channel.isRegistered())
        .value("validOps", s -> s.channel.validOps())
        .value("register(null)", s -> s.channel.register(null, 0))
        .value("register(closed selector)", s -> {
            Selector selector = Selector.open();
            selector.close();
            return s.channel.register(selector, 0);
        })
        .value("register(accept)", s -> {
            try (Selector selector = Selector.open()) {
                return s.channel.register(selector, SelectionKey.OP_ACCEPT);
            }
        })
        .value("register", s -> {
            try (Selector selector = Selector.open()) {
                return s.channel.register(selector, SelectionKey.OP_READ);
            }
        })
        .action("setOption", s -> s.channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true))
        .action("setOption(null)", s -> s.channel.setOption(null, true))
        .action("setOption(no value)", s -> s.channel.setOption(StandardSocketOptions.SO_KEEPALIVE, null))
        .action("setOption(out of range)", s -> s.channel.setOption(StandardSocketOptions.SO_RCVBUF, -1))
        .action("setOption(another type)", s -> s.channel.setOption(untyped(StandardSocketOptions.SO_RCVBUF), "1"))
        .action("setOption(not supported)", s -> s.channel.setOption(StandardSocketOptions.SO_BROADCAST, true))
        .action("setOption(not supported, no value)",
            s -> s.channel.setOption(StandardSocketOptions.SO_BROADCAST, null))
        .value("getOption", s -> s.channel.getOption(StandardSocketOptions.SO_KEEPALIVE))
        .value("getOption(null)", s -> s.channel.getOption((SocketOption<?>) null))
        .value("getOption(not supported)", s -> s.channel.getOption(StandardSocketOptions.SO_BROADCAST))
        .value("supportedOptions", s -> s.channel.supportedOptions())
        .action("close", s -> s.channel.close())

        .action("socket.bind(null)", s -> s.socket().bind(null))
        .action("socket.bind(free)", s -> s.socket().bind(s.kind.freeEndpoint()))
        .action("socket.bind(unresolved)", s -> s.socket().bind(UNRESOLVED))
        .action("socket.bind(foreign)", s -> s.socket().bind(FOREIGN))
        .action("socket.bind(unix)", s -> s.socket().bind(UNIX))
        .action("socket.connect", s -> s.socket().connect(s.somebody()))
        .action("socket.connect(timeout)", s -> s.socket().connect(s.somebody(), 10_000))
        .action("socket.connect(null)", s -> s.socket().connect(null))
        .action("socket.connect(negative timeout)", s -> s.socket().connect(s.somebody(), -1))
        .action("socket.connect(null, negative timeout)", s -> s.socket().connect(null, -1))
        .action("socket.connect(foreign, negative timeout)", s -> s.socket().connect(FOREIGN, -1))
        .action("socket.connect(unresolved)", s -> s.socket().connect(UNRESOLVED))
        .action("socket.connect(foreign)", s -> s.socket().connect(FOREIGN))
        .action("socket.connect(unix)", s -> s.socket().connect(UNIX))
        .value("socket.getInetAddress", s -> s.socket().getInetAddress())
        .value("socket.getLocalAddress", s -> s.socket().getLocalAddress())
        .value("socket.getPort", s -> s.socket().getPort())
        .value("socket.getLocalPort", s -> s.socket().getLocalPort())
        .value("socket.getRemoteSocketAddress", s -> s.socket().getRemoteSocketAddress())
        .value("socket.getLocalSocketAddress", s -> s.socket().getLocalSocketAddress())
        .value("socket.getInputStream", s -> s.socket().getInputStream())
        .value("socket.getOutputStream", s -> s.socket().getOutputStream())
        .value("socket.read", s -> s.socket().getInputStream().read())
        .value("socket.read(bytes)", s -> s.socket().getInputStream().read(new byte[3]))
        .value("socket.read(no room)", s -> s.socket().getInputStream().read(new byte[0]))
        .value("socket.read(outside)", s -> s.socket().getInputStream().read(new byte[1], 0, 2))
        .value("socket.read(null)", s -> s.socket().getInputStream().read(null, 0, 0))
        .value("socket.available", s -> s.socket().getInputStream().available())
        .value("socket.skip", s -> s.socket().getInputStream().skip(1))
        .action("socket.write", s -> s.socket().getOutputStream().write(1))
        .action("socket.write(bytes)", s -> s.socket().getOutputStream().write(new byte[3]))
        .action("socket.write(nothing)", s -> s.socket().getOutputStream().write(new byte[0]))
        .action("socket.write(outside)", s -> s.socket().getOutputStream().write(new byte[1], 1, 1))
        .action("socket.write(null)", s -> s.socket().getOutputStream().write(null, 0, 0))
        .action("socket.flush", s -> s.socket().getOutputStream().flush())
        .action("socket.setSoTimeout", s -> s.socket().setSoTimeout(7))
        .action("socket.setSoTimeout(negative)", s -> s.socket().setSoTimeout(-1))
        .value("socket.getSoTimeout", s -> s.socket().getSoTimeout())
        .value("socket.read with a timeout", s -> {
            s.socket().setSoTimeout(1000);
            return s.socket().getInputStream().read();
        })
        .action("socket.setTcpNoDelay", s -> s.socket().setTcpNoDelay(true))
        .value("socket.getTcpNoDelay", s -> s.socket().getTcpNoDelay())
        .action("socket.setKeepAlive", s -> s.socket().setKeepAlive(true))
        .value("socket.getKeepAlive", s -> s.socket().getKeepAlive())
        .action("socket.setReuseAddress", s -> s.socket().setReuseAddress(true))
        .value("socket.getReuseAddress", s -> s.socket().getReuseAddress())
        .action("socket.setSoLinger", s -> s.socket().setSoLinger(true, 1))
        .action("socket.setSoLinger(negative)", s -> s.socket().setSoLinger(true, -1))
        .value("socket.getSoLinger", s -> s.socket().getSoLinger())
        .action("socket.setTrafficClass", s -> s.socket().setTrafficClass(8))
        .action("socket.setTrafficClass(out of range)", s -> s.socket().setTrafficClass(256))
        .value("socket.getTrafficClass", s -> s.socket().getTrafficClass())
        .action("socket.setSendBufferSize", s -> s.socket().setSendBufferSize(8192))
        .action("socket.setSendBufferSize(0)", s -> s.socket().setSendBufferSize(0))
        .value("socket.getSendBufferSize", s -> s.socket().getSendBufferSize())
        .action("socket.setReceiveBufferSize", s -> s.socket().setReceiveBufferSize(8192))
        .action("socket.setReceiveBufferSize(0)", s -> s.socket().setReceiveBufferSize(0))
        .value("socket.getReceiveBufferSize", s -> s.socket().getReceiveBufferSize())
        .action("socket.setOOBInline", s -> s.socket().setOOBInline(false))
        .value("socket.getOOBInline", s -> s.socket().getOOBInline())
        .action("socket.setPerformancePreferences", s -> s.socket().setPerformancePreferences(1, 2, 3))
        .action("socket.shutdownInput", s -> s.socket().shutdownInput())
        .action("socket.shutdownOutput", s -> s.socket().shutdownOutput())
        .value("socket.isInputShutdown", s -> s.socket().isInputShutdown())
        .value("socket.isOutputShutdown", s -> s.socket().isOutputShutdown())
        .value("socket.isConnected", s -> s.socket().isConnected())
        .value("socket.isBound", s -> s.socket().isBound())
        .value("socket.isClosed", s -> s.socket().isClosed())
        .action("socket.setOption", s -> s.socket().setOption(StandardSocketOptions.SO_KEEPALIVE, true))
        .action("socket.setOption(null)", s -> s.socket().setOption(null, true))
        .action("socket.setOption(not supported)", s -> s.socket().setOption(StandardSocketOptions.SO_BROADCAST, true))
        .value("socket.getOption", s -> s.socket().getOption(StandardSocketOptions.SO_KEEPALIVE))
        .value("socket.getOption(null)", s -> s.socket().getOption((SocketOption<?>) null))
        .value("socket.supportedOptions", s -> s.socket().supportedOptions())
        .value("socket.toString", s -> s.socket().toString().replaceAll("\\[.*", ""))
        .action("socket.close", s -> s.socket().close());

    @SuppressWarnings("unchecked")
    private static SocketOption<Object> untyped(SocketOption<?> option) {
        return (SocketOption<Object>) option;
    }

    private static InetSocketAddress wildcard(ChannelKind kind) {
        return kind.isVsock() ? VsockSocketAddress.of(VsockSocketAddress.CID_ANY, 0) : new InetSocketAddress(0);
    }

    private static Object afterwards(Subject subject) {
        return (subject.channel.isOpen() ? "open" : "closed") + (subject.channel.isBlocking() ? "" : ", non-blocking")
            + (subject.channel.isConnected() ? ", connected" : "");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JDK_TCP")
    void everyOperationInEveryStateIsAsThePlatforms(ChannelKind channel) throws Exception {
        Map<String, String> expected = CONTRACT.outcomes(ChannelKind.JDK_TCP, StreamContractTest::afterwards);
        if (channel.isVsock())
            asOfLaterJdks(expected);
        assertEquals("", Contract.differences(expected, CONTRACT.outcomes(channel, StreamContractTest::afterwards)));
    }

    /** Where JDK 17's adaptor differs from JDK 25's, vsock's behaves like JDK 25's. */
    private static void asOfLaterJdks(Map<String, String> expected) {
        expected.replaceAll((what, outcome) -> what.contains(": socket.connect")
            ? outcome.replace(AlreadyConnectedException.class.getName(), SocketException.class.getName()) : outcome);
        boolean staysOpen = expected.get("new: socket.connect(unresolved)").endsWith("open");
        expected.keySet().removeIf(what -> staysOpen && what.endsWith(": socket.connect(unresolved)"));
    }
}
