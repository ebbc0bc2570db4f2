// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.model.DatagramSocketOperation.Kind;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** As {@link AgentSockets}, for {@code DatagramSocket}. */
final class AgentDatagramSockets {
    @Property
    void vsockDoesWhatUdpDoes(@ForAll("sequences") List<DatagramSocketOperation> sequence) throws IOException {
        try (DatagramSockets udp = new DatagramSockets(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             DatagramSockets vsock = new DatagramSockets(AgentDifferenceTest.vsock())) {
            Difference.assertNoOther(sequence, udp::perform, vsock::perform);
        }
    }

    @Provide
    Arbitrary<List<DatagramSocketOperation>> sequences() {
        Arbitrary<Kind> kinds = Arbitraries.of(Kind.class);
        Arbitrary<Kind> likely = Arbitraries.of(Kind.BIND, Kind.CONNECT, Kind.SEND, Kind.RECEIVE);
        Arbitrary<Integer> values = Arbitraries.of(-1, 0, 1, 2, 100, 255, 256, 5000);
        return Combinators.combine(Arbitraries.oneOf(kinds, likely), Arbitraries.of(0, 1), values)
            .as(DatagramSocketOperation::new).list().ofMinSize(1).ofMaxSize(40);
    }
}
