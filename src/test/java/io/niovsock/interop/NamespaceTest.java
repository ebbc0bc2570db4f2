// SPDX-License-Identifier: Apache-2.0
package io.niovsock.interop;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.ChannelKind;
import io.niovsock.testkit.ChildJvm;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Skip;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The namespace of emulated endpoints, {@code io.niovsock.emulated.namespace}: processes with different ones never
 * meet.
 */
class NamespaceTest {
    private static final String PROPERTY = "io.niovsock.emulated.namespace";

    @BeforeEach
    void onlyEmulatedEndpointsHaveNameSpaces() {
        if (!Machine.isEmulated())
            throw Skip.because("the kernel's endpoints are those of the machine: this is of the emulated transport");
    }

    /** Binds the endpoint if it is free, and otherwise connects to it. */
    static final class Visitor {
        public static void main(String[] args) throws Exception {
            VsockSocketAddress where = VsockSocketAddress.parse(args[0]);
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(where)) {
                System.out.println("alone at " + server.getLocalAddress());
            } catch (IOException taken) {
                try (SocketChannel client = SocketChannel.open(where)) {
                    System.out.println("met " + client.getRemoteAddress());
                }
            } catch (IllegalArgumentException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String visit(Object where, String namespace) throws Exception {
        ChildJvm visitor = ChildJvm.of(Visitor.class).arguments(where);
        if (namespace != null)
            visitor.property(PROPERTY, namespace);
        return visitor.run().succeeded().lines().get(0);
    }

    @Test
    void aProcessOfAnotherNameSpaceHasTheSamePortForItself() throws Exception {
        try (ServerSocketChannel server = ChannelKind.VSOCK.listen()) {
            Object where = server.getLocalAddress();
            assertEquals("alone at " + where, visit(where, "another"));
            assertEquals("alone at " + where, visit(where, "a".repeat(64)));
        }
    }

    @Test
    void processesOfOneNameSpaceMeet() throws Exception {
        try (ServerSocketChannel server = ChannelKind.VSOCK.listen()) {
            assertEquals("met " + server.getLocalAddress(), visit(server.getLocalAddress(), null));
            server.accept().close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "a/b", "a b", "%",
        "12345678901234567890123456789012345678901234567890123456789012345" })
    void aNameThatIsNoneIsRefused(String name) throws Exception {
        String said = visit("vsock:local:5000", name);
        assertTrue(said.startsWith("-D" + PROPERTY + "=" + name + ": expected 1 to 64 "), said);
    }

    @Test
    void theTestsHaveOneOfTheirOwn() {
        assertTrue(System.getProperty(PROPERTY).length() > 20, System.getProperty(PROPERTY));
    }
}
