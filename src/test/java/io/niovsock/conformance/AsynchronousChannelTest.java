// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.asynchronous.AsynchronousKind;

import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Asynchronous channels, in the default group. */
class AsynchronousChannelTest extends TimedContract {
    @Override
    Stream<Way> ways() {
        return Arrays.stream(AsynchronousKind.values()).map(kind -> new Way(kind.name(), () -> {
            try (AsynchronousServerSocketChannel server = kind.listen(null)) {
                Future<AsynchronousSocketChannel> accepted = server.accept();
                AsynchronousSocketChannel client = kind.openClient(null);
                client.connect(server.getLocalAddress()).get();
                return new Ends(new AsynchronousEnd(client), new AsynchronousEnd(accepted.get()));
            }
        }));
    }
}
