// SPDX-License-Identifier: Apache-2.0
package io.niovsock.inherited;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Await;
import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A program whose standard input is a socket, as inetd and systemd start them. */
class StandardInputTest {
    private static List<String> describe(String socket) throws Exception {
        return Launch.of(Inheriting.Describe.class).with("0", socket).run();
    }

    static List<String> describe(String socket, VsockSocketAddress endpoint) throws Exception {
        return Launch.of(Inheriting.Describe.class).with("0", socket, endpoint).run();
    }

    @ParameterizedTest
    @ValueSource(strings = { "stream", "records" })
    void aListenerIsAServerSocketChannel(String type) throws Exception {
        VsockSocketAddress where = Launch.freeEndpoint();
        assertEquals(List.of("vsock listener " + where), describe("listen:" + type, where));
    }

    @ParameterizedTest
    @ValueSource(strings = { "stream", "records" })
    void aConnectionIsASocketChannel(String type) throws Exception {
        VsockProtocolFamily family = type.equals("stream") ? VsockProtocolFamily.VSOCK
            : VsockProtocolFamily.VSOCK_SEQPACKET;
        try (ServerSocketChannel server = ServerSocketChannel.open(family).bind(Launch.freeEndpoint())) {
            VsockSocketAddress where = (VsockSocketAddress) server.getLocalAddress();
            String line = describe("connect:" + type, where).get(0);
            assertTrue(line.startsWith("vsock connection vsock:") && line.endsWith(" to " + where), line);
        }
    }

    @Test
    void aTcpListenerIsThePlatforms() throws Exception {
        assertEquals(List.of("platform's listener"), describe("tcp"));
    }

    @Test
    void aUdpSocketIsThePlatforms() throws Exception {
        assertEquals(List.of("platform's datagrams"), describe("udp"));
    }

    @Test
    void aUnixListenerIsThePlatforms(@TempDir Path folder) throws Exception {
        assertEquals(List.of("platform's listener"), describe("unix:" + folder.resolve("s")));
    }

    @Test
    void whatIsNoSocketIsNothing() throws Exception {
        assertEquals(List.of("null"), describe("file"));
    }

    /** The program's log continues: only those standard streams end with the channel that are the socket. */
    @Test
    void aListenerServesAndItsCloseEndsIt() throws Exception {
        assertServesAndEnds();
    }

    @Test
    void theCloseOfAListenerEndsItWhileASelectorHoldsOnToItsNumber() throws Exception {
        assertServesAndEnds("registered");
    }

    private static void assertServesAndEnds(Object... arguments) throws Exception {
        VsockSocketAddress where = Launch.freeEndpoint();
        Process process = Launch.of(Inheriting.Serve.class, arguments).with("0", "listen:stream", where).start();
        try (BufferedReader log = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            try (SocketChannel client = connect(process, where)) {
                Streams.write(client, "hello");
                assertEquals("hello", Streams.readText(client, 5));
                Streams.assertEnd(client);
            }
            assertEquals("closed", log.readLine());
            try (SocketChannel client = SocketChannel.open(where)) {
                throw new AssertionError("there is still a listener: " + client);
            } catch (ConnectException nobody) {
                assertTrue(process.isAlive());
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** The classic way of inetd: one process for each connection, which is standard input, output and error. */
    @Test
    void aConnectionThatIsEveryStandardStreamEndsWithItsChannel() throws Exception {
        VsockSocketAddress where = Launch.freeEndpoint();
        Process process = Launch.of(Inheriting.Serve.class).with("0,1,2", "accept:stream", where).start();
        try (SocketChannel client = connect(process, where)) {
            String expected = "vsock connection " + where + " to " + client.getLocalAddress() + "\n";
            String line = Streams.readText(client, expected.length());
            if (Machine.isEmulated())
                assertEquals(expected, line);
            else
                assertTrue(line.startsWith("vsock connection " + where + " to vsock:local:"), line);
            Streams.write(client, "hello");
            assertEquals("hello", Streams.readText(client, 5));
            Streams.assertEnd(client); // the program still runs; its later output is discarded
            assertTrue(process.isAlive());
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** The listener exists a moment after the launcher has started. */
    private static SocketChannel connect(Process process, VsockSocketAddress where) {
        SocketChannel[] connected = { null };
        Await.until(() -> "there is no listener at " + where, () -> {
            try {
                connected[0] = SocketChannel.open(where);
            } catch (ConnectException notYet) {
                assertTrue(process.isAlive(), "the launcher has ended");
            }
            return connected[0] != null;
        });
        return connected[0];
    }
}
