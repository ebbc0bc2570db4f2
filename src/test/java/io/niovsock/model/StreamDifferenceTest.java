// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;
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

/**
 * Random sequences of operations have the same outcomes over vsock as over the JDK's TCP, but for the differences of
 * {@link Difference}. A failure prints its seed, and the shortest sequence that was found.
 */
class StreamDifferenceTest {
    @Property
    void vsockDoesWhatTcpDoes(@ForAll("sequences") List<Operation> sequence) throws IOException {
        try (Connection tcp = new Connection(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             Connection vsock = new Connection(VsockSocketAddress.local(VsockSocketAddress.PORT_ANY))) {
            Difference.assertNoOther(sequence, tcp::perform, vsock::perform);
        }
    }

    @Provide
    Arbitrary<List<Operation>> sequences() {
        Arbitrary<Operation.Kind> kinds = Arbitraries.of(Operation.Kind.class);
        Arbitrary<Operation.Kind> likely = Arbitraries.of(Operation.Kind.CONNECT, Operation.Kind.ACCEPT,
            Operation.Kind.READ, Operation.Kind.WRITE);
        Arbitrary<Integer> sizes = Arbitraries.of(0, 1, 2, 100, 5000);
        return Combinators.combine(Arbitraries.oneOf(kinds, likely), Arbitraries.of(Operation.End.class), sizes)
            .as(Operation::new).list().ofMinSize(1).ofMaxSize(40);
    }
}
