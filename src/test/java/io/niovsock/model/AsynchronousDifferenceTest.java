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

/** As {@link StreamDifferenceTest}, for asynchronous channels. */
class AsynchronousDifferenceTest {
    @Property
    void vsockDoesWhatTcpDoes(@ForAll("sequences") List<AsynchronousOperation> sequence) throws IOException {
        try (AsynchronousConnection tcp =
                 new AsynchronousConnection(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
             AsynchronousConnection vsock =
                 new AsynchronousConnection(VsockSocketAddress.local(VsockSocketAddress.PORT_ANY))) {
            Difference.assertNoOther(sequence, tcp::perform, vsock::perform);
        }
    }

    @Provide
    Arbitrary<List<AsynchronousOperation>> sequences() {
        Arbitrary<AsynchronousOperation.Kind> kinds = Arbitraries.of(AsynchronousOperation.Kind.class);
        Arbitrary<AsynchronousOperation.Kind> likely = Arbitraries.of(AsynchronousOperation.Kind.CONNECT,
            AsynchronousOperation.Kind.ACCEPT, AsynchronousOperation.Kind.READ, AsynchronousOperation.Kind.WRITE);
        return Combinators.combine(Arbitraries.oneOf(kinds, likely), Arbitraries.of(false, true),
            Arbitraries.of(0, 1, 2, 100, 5000)).as(AsynchronousOperation::new).list().ofMinSize(1).ofMaxSize(40);
    }
}
