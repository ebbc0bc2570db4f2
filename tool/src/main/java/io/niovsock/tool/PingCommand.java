// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.tool.measure.EchoServer;
import io.niovsock.tool.measure.Pinger;
import io.niovsock.tool.measure.Samples;
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

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Measures round trips. */
@Command(name = "ping", description = {
    "Measures round trips to a peer that sends back what it gets; `ping -l` is such a peer.",
    "",
    "ENDPOINT is vsock:CID:PORT, tcp:HOST:PORT, tcp:PORT (loopback), tcp:any:PORT (to listen at every address) or "
        + "unix:PATH.",
    "",
    "SIGINT ends it, with the summary. Exit status 0: every message came back." })
final class PingCommand implements Callable<Integer> {
    private static final int BACKLOG = 4096;
    private static final int LARGEST = 1 << 20;
    private static final int LARGEST_DATAGRAM = 69608;

    @ParentCommand
    private Tool tool;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "ENDPOINT", converter = EndpointConverter.class, description = "The peer, or with -l "
        + "where to listen.")
    private Endpoint endpoint;

    @Option(names = { "-l", "--listen" }, description = "Be the peer: send back what comes, until a signal.")
    private boolean listen;

    @Option(names = { "-c", "--count" }, paramLabel = "N", description = "How many messages. Default: until SIGINT.")
    private Long count;

    @Option(names = { "-i", "--interval" }, paramLabel = "SECONDS", defaultValue = "1", description = "The time from "
        + "one message to the next; 0: each as soon as the last one is back. Default: ${DEFAULT-VALUE}.")
    private double interval;

    @Option(names = { "-s", "--size" }, paramLabel = "BYTES", defaultValue = "64",
        description = "The size of a message. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Option(names = { "-w", "--timeout" }, paramLabel = "SECONDS", defaultValue = "10", description = "After this time "
        + "without an answer it fails; a datagram then counts as lost. Default: ${DEFAULT-VALUE}.")
    private double timeout;

    @Option(names = "--records", description = "A stream of records (SOCK_SEQPACKET).")
    private boolean records;

    @Option(names = "--datagrams", description = "Datagrams, which only VMware's transport has.")
    private boolean datagrams;

    @Option(names = { "-q", "--quiet" }, description = "Print the summary only; so it is with --interval 0.")
    private boolean quiet;

    @Option(names = "--json", description = "Print the summary only, as JSON.")
    private boolean json;

    private final Samples samples = new Samples();
    private long sent;
    private volatile boolean interrupted;

    /** One round trip; -1 if the message was lost. */
    private interface RoundTrip {
        long take() throws IOException;
    }

    @Override
    public Integer call() throws IOException {
        Duration limit = Checks.seconds(spec, "--timeout", timeout);
        Duration pause = Checks.seconds(spec, "--interval", interval);
        check(limit);
        if (listen)
            return serve();
        if (datagrams)
            pingByDatagrams(limit, pause);
        else
            pingByStream(limit, pause);
        report();
        return sent > 0 && samples.count() == sent ? Tool.SUCCESS : Tool.FAILURE;
    }

    private void check(Duration limit) {
        Checks.require(!limit.isZero(), spec, "--timeout: expected more than 0 seconds");
        Checks.require(endpoint.kind() == Endpoint.Kind.VSOCK || !records && !datagrams, spec,
            "only vsock has --records and --datagrams, not " + endpoint);
        Checks.require(!records || !datagrams, spec, "--records and --datagrams exclude each other");
        Checks.range(spec, "--size", 1, datagrams ? LARGEST_DATAGRAM : LARGEST, size);
        if (count != null)
            Checks.atLeast(spec, "--count", 1, count);
    }

    private int serve() throws IOException {
        if (datagrams) {
            try (DatagramChannel channel = openDatagrams()) {
                channel.bind(endpoint.vsock());
                System.err.println(Tool.NAME + ": listening at " + channel.getLocalAddress());
                EchoServer.serve(channel);
            }
        } else {
            try (Listening listening = Listening.at(endpoint, BACKLOG, null, records, null)) {
                Signals.closeAtEnd(listening);
                System.err.println(Tool.NAME + ": listening at " + listening);
                EchoServer.serve(listening.channel(), records);
            }
        }
        return Tool.SUCCESS;
    }

    private static DatagramChannel openDatagrams() throws IOException {
        return VsockSelectorProvider.instance().openDatagramChannel(VsockProtocolFamily.VSOCK);
    }

    private void pingByStream(Duration limit, Duration pause) throws IOException {
        try (SocketChannel channel = Connector.connect(endpoint, records, limit);
             IdleLimit watch = new IdleLimit(channel, limit.plus(pause))) {
            handleInterrupt(channel);
            Pinger pinger = new Pinger(size);
            ping(pause, () -> pingWithin(watch, pinger, channel));
        }
    }

    private long pingWithin(IdleLimit watch, Pinger pinger, SocketChannel channel) throws IOException {
        watch.moved();
        try {
            return pinger.ping(channel);
        } catch (ClosedChannelException e) {
            if (watch.isOver())
                throw new SocketTimeoutException("no answer within " + timeout + " s");
            throw e;
        }
    }

    private void pingByDatagrams(Duration limit, Duration pause) throws IOException {
        try (DatagramChannel channel = openDatagrams();
             Selector selector = VsockSelectorProvider.instance().openSelector()) {
            channel.bind(VsockSocketAddress.any(VsockSocketAddress.PORT_ANY));
            Pinger.register(channel, selector);
            handleInterrupt(channel);
            Pinger pinger = new Pinger(size);
            ping(pause, () -> pinger.ping(channel, endpoint.vsock(), selector, limit));
        }
    }

    /** SIGINT closes the channel, so that no thread waits for an answer any more. */
    private void handleInterrupt(Channel channel) {
        Thread pinging = Thread.currentThread();
        Signals.handle("INT", () -> {
            interrupted = true;
            LockSupport.unpark(pinging);
            close(channel);
        });
    }

    private static void close(Closeable closeable) {
        try {
            closeable.close();
        } catch (IOException e) {
            // closed is closed
        }
    }

    private void ping(Duration pause, RoundTrip roundTrip) throws IOException {
        long next = System.nanoTime();
        while (!interrupted && (count == null || sent < count)) {
            sent++;
            try {
                if (sent == 1 && !datagrams)
                    roundTrip.take(); // not counted: it loads classes, on both sides
                heard(roundTrip.take(), pause);
            } catch (IOException e) {
                if (e == tool.output().failure())
                    throw e;
                if (interrupted)
                    sent--; // its answer was not waited for
                else
                    System.err.println(Tool.NAME + ": " + endpoint + ": " + e.getMessage());
                return;
            }
            next += pause.toNanos();
            if (count == null || sent < count)
                parkUntil(next);
        }
    }

    private void heard(long nanos, Duration pause) throws IOException {
        if (nanos >= 0)
            samples.add(nanos);
        if (quiet || json || pause.isZero())
            return;
        tool.output().println(nanos < 0 ? "message " + sent + " was lost"
            : String.format(Locale.ROOT, "%d bytes from %s: number %d, %.3f ms", size, endpoint, sent, nanos / 1e6));
        tool.output().flush();
    }

    private void parkUntil(long nanos) {
        for (long left; !interrupted && (left = nanos - System.nanoTime()) > 0;)
            LockSupport.parkNanos(left);
    }

    private void report() throws IOException {
        if (json) {
            Map<String, Object> summary = new LinkedHashMap<>();
            summary.put("endpoint", endpoint);
            summary.put("size", size);
            summary.put("sent", sent);
            summary.put("received", samples.count());
            summary.put("micros", samples.micros());
            tool.output().println(Json.of(summary));
            return;
        }
        tool.output().println(endpoint + ": " + sent + " messages of " + size + " bytes sent, " + samples.count()
            + " came back");
        if (samples.count() > 0)
            tool.output().println("round trips: " + samples);
    }
}
