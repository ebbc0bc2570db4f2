// SPDX-License-Identifier: Apache-2.0
package io.niovsock.conformance;

import io.niovsock.net.SocketKind;

import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.stream.Stream;

/** The sockets of the factories, and the JDK's own. */
class FactorySocketTest extends TimedReadContract implements RepeatedReadContract {
    @Override
    Stream<Way> ways() {
        return Arrays.stream(SocketKind.values()).map(kind -> new Way(kind.name(), () -> {
            try (ServerSocket server = kind.listen()) {
                Socket client = kind.open();
                client.connect(server.getLocalSocketAddress());
                return new Ends(new SocketEnd(client), new SocketEnd(server.accept()));
            }
        }));
    }
}
