// SPDX-License-Identifier: Apache-2.0
package io.niovsock.net;

import io.niovsock.testkit.Await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;

import static io.niovsock.testkit.Failures.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The messages that programs compare, from the sockets of {@code java.net}. */
class GonePeerTest {
    @ForEachSocket
    void a_write_to_a_peer_that_is_gone_fails_with_the_words_of_tcp(SocketKind kind) throws Exception {
        try (SocketPair pair = SocketPair.of(kind)) {
            pair.peer().close();
            Await.until(() -> "the writes go on", () -> {
                try {
                    pair.client().getOutputStream().write(1);
                    return false;
                } catch (SocketException e) {
                    assertEquals(SocketException.class, e.getClass());
                    assertTrue(Set.of("Broken pipe", "Connection reset by peer").contains(e.getMessage()), e::toString);
                    return true;
                }
            });
        }
    }

    @ForEachSocket
    void a_refused_connect_says_so(SocketKind kind) throws IOException {
        InetSocketAddress nobody = kind.nobody();
        try (Socket client = kind.open()) {
            ConnectException e = assertFails(ConnectException.class, () -> client.connect(nobody));
            assertTrue(e.getMessage().startsWith("Connection refused"), e.getMessage());
        }
    }
}
