// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.model.SocketOperation.Kind;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/**
 * As {@link StreamDifferenceTest}, for {@code Socket} and {@code ServerSocket}: some that are vsock, and those that the
 * JDK makes, over TCP. Their messages are the same, too, as programs compare them.
 */
abstract class SocketProperties {
    private final SocketFactory sockets;
    private final ServerSocketFactory listeners;
    private final SocketAddress any;

    /**
     * Sockets that are vsock by their factory or by their address.
     *
     * @param any an address of vsock, with a port of the system's choice
     */
    SocketProperties(SocketFactory sockets, ServerSocketFactory listeners, SocketAddress any) {
        this.sockets = sockets;
        this.listeners = listeners;
        this.any = any;
    }

    /** After a bind to a vsock address that fails, the socket is vsock. A bind to any address is still possible. */
    @Example
    void aSocketWhoseBindFailedCanBeBound() throws IOException {
        assertSame(Kind.BIND_LISTENER, Kind.BIND_TAKEN, Kind.BIND_NULL, Kind.STATE, Kind.CONNECT, Kind.ACCEPT,
            Kind.STATE);
    }

    /** A connect that fails closes the implementation. {@code Socket} does not know that before JDK 21. */
    @Example
    void aSocketWhoseConnectFailedHasNoAddress() throws IOException {
        assertSame(Kind.BIND_LISTENER, Kind.CLOSE_LISTENER, Kind.BIND, Kind.CONNECT, Kind.STATE, Kind.BIND_NULL);
    }

    private void assertSame(Kind... kinds) throws IOException {
        vsockDoesWhatTcpDoes(Stream.of(kinds).map(kind -> new SocketOperation(kind, false, 0)).toList());
    }

    @Property
    void vsockDoesWhatTcpDoes(@ForAll("sequences") List<SocketOperation> sequence) throws IOException {
        try (SocketConnection tcp = new SocketConnection(SocketFactory.getDefault(), ServerSocketFactory.getDefault(),
                 new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), false);
             SocketConnection vsock = new SocketConnection(sockets, listeners, any, true)) {
            Difference.assertNoOther(sequence, tcp::perform, vsock::perform);
        }
    }

    @Provide
    Arbitrary<List<SocketOperation>> sequences() {
        Arbitrary<Kind> kinds = Arbitraries.of(Kind.class);
        Arbitrary<Kind> likely =
            Arbitraries.of(Kind.BIND_LISTENER, Kind.CONNECT, Kind.ACCEPT, Kind.READ, Kind.WRITE);
        Arbitrary<Integer> values = Arbitraries.of(-2, -1, 0, 1, 2, 100, 255, 256, 5000, 70_000);
        return Combinators.combine(Arbitraries.oneOf(kinds, likely), Arbitraries.of(false, true), values)
            .as(SocketOperation::new).list().ofMinSize(1).ofMaxSize(50);
    }
}
