// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.tool.measure.BenchProtocol;
import io.niovsock.tool.measure.EchoServer;
import io.niovsock.tool.measure.Samples;
import io.niovsock.tool.measure.Throughput;
import io.niovsock.tool.net.Connector;
import io.niovsock.tool.net.Endpoint;
import io.niovsock.tool.net.IdleLimit;
import io.niovsock.tool.net.Listening;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/** Measures throughput and round trips. */
@Command(name = "bench", description = {
    "Measures throughput in both directions, round trips and connects, to `bench -l` on another machine.",
    "",
    "ENDPOINT is vsock:CID:PORT, tcp:HOST:PORT, tcp:PORT (loopback), tcp:any:PORT (to listen at every address) or "
        + "unix:PATH." })
final class BenchCommand implements Callable<Integer> {
    private static final int BACKLOG = 4096;
    private static final int CONNECTS = 200;
    private static final int MESSAGE = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(10); // for a byte beyond the time of a measurement
    private static final double MEBIBYTE = 1 << 20;

    @ParentCommand
    private Tool tool;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "ENDPOINT", converter = EndpointConverter.class, description = "The peer, or with -l "
        + "where to listen.")
    private Endpoint endpoint;

    @Option(names = { "-l", "--listen" }, description = "Be the peer, until a signal.")
    private boolean listen;

    @Option(names = { "-t", "--time" }, paramLabel = "SECONDS", defaultValue = "5", description = "The time of each "
        + "measurement. Default: ${DEFAULT-VALUE}.")
    private double time;

    @Option(names = { "-s", "--size" }, paramLabel = "BYTES", defaultValue = "65536", description = "The bytes of each "
        + "write and read, for throughput. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(names = "--json", description = "Print the results as JSON.")
    private boolean json;

    private final Map<String, Object> results = new LinkedHashMap<>();

    /** One measurement on a connection of its own. */
    private interface Measurement<T> {
        T run(SocketChannel channel, LongConsumer progress) throws IOException;
    }

    @Override
    public Integer call() throws IOException {
        Duration each = Checks.seconds(spec, "--time", time);
        Checks.range(spec, "--time", 0, BenchProtocol.MOST_MILLIS / 1000, each.toSeconds());
        Checks.require(each.toMillis() > 0, spec, "--time: expected 0.001 seconds or more");
        Checks.range(spec, "--size", 1, BenchProtocol.LARGEST_CHUNK, size);
        if (listen)
            serve();
        else
            measure(each);
        return Tool.SUCCESS;
    }

    private void serve() throws IOException {
        try (Listening listening = Listening.at(endpoint, BACKLOG, null)) {
            Signals.closeAtEnd(listening);
            System.err.println(Tool.NAME + ": listening at " + listening);
            EchoServer.serve(listening.channel(), BenchProtocol::serve);
        }
    }

    private void measure(Duration each) throws IOException {
        results.put("endpoint", endpoint);
        results.put("seconds", time);
        results.put("size", size);
        throughput("to the peer", "toPeerMiBPerSecond", run("to the peer", BenchCommand::mebibytes,
            (channel, progress) -> BenchProtocol.send(channel, size, each, progress), each));
        throughput("from the peer", "fromPeerMiBPerSecond", run("from the peer", BenchCommand::mebibytes,
            (channel, progress) -> BenchProtocol.receive(channel, size, each, progress), each));
        times("round trips", "roundTripMicros", run("round trips", Long::toString,
            (channel, progress) -> BenchProtocol.roundTrips(channel, MESSAGE, each, progress), each));
        times("connects", "connectMicros", connects());
        if (json)
            tool.output().println(Json.of(results));
    }

    private static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f MiB", bytes / MEBIBYTE);
    }

    private <T> T run(String name, LongFunction<String> text, Measurement<T> measurement, Duration each)
            throws IOException {
        try (SocketChannel channel = Connector.connect(endpoint, false, PATIENCE);
             IdleLimit watch = new IdleLimit(channel, PATIENCE.plus(each));
             Progress progress = new Progress(name, text)) {
            return measurement.run(channel, count -> {
                watch.moved();
                progress.show(count);
            });
        } catch (ClosedChannelException e) {
            throw new SocketTimeoutException(endpoint + ": no byte within " + PATIENCE.toSeconds() + " s");
        } catch (IOException e) {
            throw e.getMessage() != null && e.getMessage().startsWith("cannot connect") ? e
                : new IOException(endpoint + ": " + e.getMessage(), e);
        }
    }

    private Samples connects() throws IOException {
        Samples samples = new Samples();
        for (int i = 0; i < CONNECTS; i++) {
            long start = System.nanoTime();
            try (SocketChannel channel = Connector.connect(endpoint, false, Duration.ZERO)) {
                samples.add(System.nanoTime() - start);
                channel.shutdownOutput();
            }
        }
        return samples;
    }

    private void throughput(String name, String key, Throughput result) throws IOException {
        results.put(key, Math.round(result.mebibytesPerSecond() * 10) / 10.0);
        if (!json)
            print(name, String.format(Locale.ROOT, "%.1f MiB/s, %d bytes in %.1f s", result.mebibytesPerSecond(),
                result.bytes(), result.nanos() / 1e9));
    }

    private void times(String name, String key, Samples result) throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("count", result.count());
        map.putAll(result.micros());
        results.put(key, map);
        if (!json)
            print(name, result.count() + ", " + result);
    }

    private void print(String name, String result) throws IOException {
        tool.output().println(String.format(Locale.ROOT, "%-14s %s", name, result));
        tool.output().flush();
    }
}
