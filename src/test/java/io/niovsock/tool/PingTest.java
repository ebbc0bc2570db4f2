// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockSocketAddress;
import io.niovsock.testkit.Streams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Round trips, measured by {@code ping}. */
class PingTest {
    private static String peer(RunningTool server) {
        return "vsock:local:" + server.awaitError("listening at vsock:any:(\\d+)").group(1);
    }

    private static String[] withEndpoint(String args, String endpoint) {
        return ("ping " + args + " " + endpoint).replaceAll(" +", " ").split(" ");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", "--records", "--datagrams" })
    void everyMessageComesBack(String kind) throws Exception {
        try (RunningTool server = RunningTool.start(withEndpoint("-l " + kind, "vsock:any:any"))) {
            ToolRun run = ToolRun.of(withEndpoint("-c 3 -i 0.01 -s 1000 " + kind, peer(server))).succeeded();
            String endpoint = peer(server);
            assertEquals(5, run.out().size(), run::toString);
            assertTrue(run.out().get(2).matches("1000 bytes from " + endpoint + ": number 3, [0-9.]+ ms"),
                run::toString);
            assertEquals(endpoint + ": 3 messages of 1000 bytes sent, 3 came back", run.out().get(3));
            assertTrue(run.out().get(4).matches("round trips: min [0-9.]+, mean .*, p50 .*, p99 .*, max [0-9.]+ us"),
                run::toString);
        }
    }

    @Test
    void theSummaryIsJson() throws Exception {
        try (RunningTool server = RunningTool.start("ping", "-l", "vsock:any:any")) {
            String endpoint = peer(server);
            ToolRun run = ToolRun.of("ping", "-c", "1000", "-i", "0", "--json", endpoint).succeeded();
            assertEquals(1, run.out().size(), run::toString);
            assertTrue(run.out().get(0).matches("\\{\"endpoint\":\"" + endpoint + "\",\"size\":64,\"sent\":1000,"
                + "\"received\":1000,\"micros\":\\{\"min\":[0-9.]+,\"mean\":.*,\"max\":[0-9.]+\\}\\}"), run::toString);
        }
    }

    @Test
    void sigintPrintsTheSummary() throws Exception {
        try (RunningTool server = RunningTool.start("ping", "-l", "vsock:any:any");
             RunningTool client = RunningTool.start("ping", "-i", "100", peer(server))) {
            client.awaitOutput("number 1, ");
            client.signal("INT");
            ToolRun run = client.finish();
            assertEquals(0, run.status(), run::toString);
            assertTrue(run.out().get(1).endsWith(": 1 messages of 64 bytes sent, 1 came back"), run::toString);
        }
    }

    @Test
    void aPeerThatDoesNotEchoIsAnError() throws Exception {
        try (ServerSocketChannel listener = listen();
             RunningTool client = RunningTool.start("ping", "-s", "4", endpoint(listener));
             SocketChannel peer = listener.accept()) {
            Streams.write(peer, "else");
            assertTrue(client.finish().failure(1).endsWith("the peer does not send back what it gets: "
                + "is it `ping -l`?"), client::toString);
        }
    }

    @Test
    void aPeerThatDoesNotAnswerIsAnError() throws Exception {
        try (ServerSocketChannel listener = listen()) {
            ToolRun run = ToolRun.of("ping", "-w", "0.2", "-i", "0", endpoint(listener));
            assertEquals("nio-vsock: " + endpoint(listener) + ": no answer within 0.2 s", run.failure(1));
        }
    }

    @Test
    void lostDatagramsAreCounted() throws Exception {
        ToolRun run = ToolRun.of("ping", "--datagrams", "-c", "2", "-i", "0", "-w", "0.1", "vsock:local:4000000000");
        assertEquals(1, run.status(), run::toString);
        assertTrue(run.out().get(0).endsWith("2 messages of 64 bytes sent, 0 came back"), run::toString);
    }

    private static ServerSocketChannel listen() throws Exception {
        return ServerSocketChannel.open().bind(VsockSocketAddress.any(VsockSocketAddress.PORT_ANY));
    }

    private static String endpoint(ServerSocketChannel listener) throws Exception {
        return "vsock:local:" + ((VsockSocketAddress) listener.getLocalAddress()).getVsockPort();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "ping|Missing required parameter: 'ENDPOINT'",
        "ping -c 0 vsock:1:5|--count 0: expected 1 or more",
        "ping -c x vsock:1:5|Invalid value for option '--count'",
        "ping -s 0 vsock:1:5|--size 0: expected 1 to 1048576",
        "ping -i -1 vsock:1:5|--interval -1: expected seconds",
        "ping -w 0 vsock:1:5|--timeout: expected more than 0 seconds",
        "ping --datagrams unix:/x|only vsock has --records and --datagrams, not unix:/x",
    })
    void wrongArgumentsAreNamed(String args, String message) throws Exception {
        ToolRun run = ToolRun.of(args.split(" "));
        assertEquals(2, run.status(), run::toString);
        assertTrue(run.err().get(0).contains(message), run::toString);
    }
}
