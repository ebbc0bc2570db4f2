// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Throughput and round trips, measured by {@code bench}. */
class BenchTest {
    private static final String TIMES = "200, min [0-9.]+, mean .* us";

    private static String peer(RunningTool server) {
        return "vsock:local:" + server.awaitError("listening at vsock:any:(\\d+)").group(1);
    }

    @Test
    void itPrintsALineForEachMeasurementAndNoProgressWithoutATerminal() throws Exception {
        try (RunningTool server = RunningTool.start("bench", "-l", "vsock:any:any")) {
            ToolRun run = ToolRun.of("bench", "-t", "0.2", peer(server)).succeeded();
            assertEquals(4, run.out().size(), run::toString);
            assertTrue(run.out().get(0).matches("to the peer +[0-9.]+ MiB/s, \\d+ bytes in [0-9.]+ s"), run::toString);
            assertTrue(run.out().get(1).matches("from the peer +[0-9.]+ MiB/s, \\d+ bytes in [0-9.]+ s"),
                run::toString);
            assertTrue(run.out().get(2).matches("round trips +\\d+, min [0-9.]+, mean .* us"), run::toString);
            assertTrue(run.out().get(3).matches("connects +" + TIMES), run::toString);
        }
    }

    @Test
    void theResultsAreJson() throws Exception {
        try (RunningTool server = RunningTool.start("bench", "-l", "vsock:any:any")) {
            String endpoint = peer(server);
            ToolRun run = ToolRun.of("bench", "-t", "0.1", "-s", "1000", "--json", endpoint).succeeded();
            assertEquals(1, run.out().size(), run::toString);
            assertTrue(run.out().get(0).matches("\\{\"endpoint\":\"" + endpoint + "\",\"seconds\":0.1,\"size\":1000,"
                + "\"toPeerMiBPerSecond\":[0-9.]+,\"fromPeerMiBPerSecond\":[0-9.]+,"
                + "\"roundTripMicros\":\\{\"count\".*\\},"
                + "\"connectMicros\":\\{\"count\":200,.*\\}\\}"), run::toString);
        }
    }

    @Test
    void anotherServerIsNamed() throws Exception {
        try (RunningTool server = RunningTool.start("cat", "-v", "-k", "vsock:any:any")) {
            server.input().close();
            String endpoint = "vsock:local:" + server.awaitError("listening at vsock:any:(\\d+)").group(1);
            String message = ToolRun.of("bench", "-t", "0.1", endpoint).failure(1);
            assertTrue(message.endsWith(endpoint + ": the peer has closed the connection; is it `bench -l`?"), message);
        }
    }

    @Test
    void aClientOfAnotherKindDoesNotEndTheServer() throws Exception {
        try (RunningTool server = RunningTool.start("bench", "-l", "vsock:any:any")) {
            String endpoint = peer(server);
            ToolRun ping = ToolRun.of("ping", "-c", "1", endpoint);
            assertEquals(1, ping.status(), ping::toString);
            ToolRun.of("bench", "-t", "0.1", endpoint).succeeded();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "bench|Missing required parameter: 'ENDPOINT'",
        "bench -t 0 vsock:1:5|--time: expected 0.001 seconds or more",
        "bench -t 3601 vsock:1:5|--time 3601: expected 0 to 3600",
        "bench -s 0 vsock:1:5|--size 0: expected 1 to 4194304",
        "bench --records vsock:1:5|Unknown option: '--records'",
    })
    void wrongArgumentsAreNamed(String args, String message) throws Exception {
        ToolRun run = ToolRun.of(args.split(" "));
        assertEquals(2, run.status(), run::toString);
        assertTrue(run.err().get(0).contains(message), run::toString);
    }
}
