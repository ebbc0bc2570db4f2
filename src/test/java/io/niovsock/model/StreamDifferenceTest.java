// SPDX-License-Identifier: Apache-2.0
package io.niovsock.model;

import io.niovsock.VsockSocketAddress;
import io.niovsock.model.Operation.End;
import io.niovsock.model.Operation.Kind;
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
import java.util.ArrayList;
import java.util.List;

/**
 * Random sequences of operations have the same outcomes over vsock as over the JDK's TCP, but for the differences of
 * {@link Difference}. A failure prints its seed, and the shortest sequence that was found.
 */
class StreamDifferenceTest {
    /** The client closes with an unread byte, which resets TCP, while TCP still holds some of the client's writes. */
    @Example
    void bytesThatWereWrittenBeforeAResetAreRead() throws IOException {
        List<Operation> sequence = new ArrayList<>(List.of(client(Kind.CONNECT, 0), client(Kind.ACCEPT, 0),
            client(Kind.WRITE, 1), new Operation(Kind.WRITE, End.SERVER, 1)));
        for (int i = 0; i < 20; i++)
            sequence.add(client(Kind.WRITE, 1));
        sequence.add(client(Kind.CLOSE, 0));
        sequence.add(new Operation(Kind.READ, End.SERVER, 1));
        sequence.add(new Operation(Kind.READ, End.SERVER, 20));
        vsockDoesWhatTcpDoes(sequence);
    }

    /** Of such a port, {@link java.net.Socket#getPort()} tells the low 16 bits. */
    @Example
    void aPortWhoseLowBitsAreZeroIsOne() throws IOException {
        assertSame(List.of(client(Kind.CONNECT, 0), client(Kind.ADAPTOR_STATE, 0)), VsockSocketAddress.local(5 << 16));
    }

    private static Operation client(Kind kind, int size) {
        return new Operation(kind, End.CLIENT, size);
    }

    @Property
    void vsockDoesWhatTcpDoes(@ForAll("sequences") List<Operation> sequence) throws IOException {
        assertSame(sequence, VsockSocketAddress.local(VsockSocketAddress.PORT_ANY));
    }

    private static void assertSame(List<Operation> sequence, VsockSocketAddress any) throws IOException {
        try (Connection tcp = new Connection(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             Connection vsock = new Connection(any)) {
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
