// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Random sequences of operations on datagram channels have the same outcomes over vsock as over the JDK's UDP. */
@AddLifecycleHook(OnlyEmulated.class)
class DatagramDifferenceTest {
    /** Of such a port, {@link java.net.DatagramSocket#getLocalPort()} tells the low 16 bits. */
    @Example
    void aPortWhoseLowBitsAreZeroIsOne() throws IOException {
        assertSame(List.of(new DatagramOperation(DatagramOperation.Kind.BIND, 0, 0),
            new DatagramOperation(DatagramOperation.Kind.CONNECT, 1, 0),
            new DatagramOperation(DatagramOperation.Kind.ADAPTOR_STATE, 0, 0),
            new DatagramOperation(DatagramOperation.Kind.ADAPTOR_STATE, 1, 0)), VsockSocketAddress.local(5 << 16));
    }

    @Property
    void vsockDoesWhatUdpDoes(@ForAll("sequences") List<DatagramOperation> sequence) throws IOException {
        assertSame(sequence, VsockSocketAddress.local(VsockSocketAddress.PORT_ANY));
    }

    private static void assertSame(List<DatagramOperation> sequence, VsockSocketAddress any) throws IOException {
        try (DatagramPair udp = new DatagramPair(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             DatagramPair vsock = new DatagramPair(any)) {
            Difference.assertNoOther(sequence, udp::perform, vsock::perform);
        }
    }

    @Provide
    Arbitrary<List<DatagramOperation>> sequences() {
        Arbitrary<DatagramOperation.Kind> kinds = Arbitraries.of(DatagramOperation.Kind.class);
        Arbitrary<DatagramOperation.Kind> likely = Arbitraries.of(DatagramOperation.Kind.BIND,
            DatagramOperation.Kind.CONNECT, DatagramOperation.Kind.SEND, DatagramOperation.Kind.RECEIVE);
        // No empty datagrams: of a connected channel the JDK does not send them, and reads them as the end of a stream.
        Arbitrary<Integer> sizes = Arbitraries.of(1, 2, 100, 5000);
        return Combinators.combine(Arbitraries.oneOf(kinds, likely), Arbitraries.of(0, 1), sizes)
            .as(DatagramOperation::new).list().ofMinSize(1).ofMaxSize(40);
    }
}
