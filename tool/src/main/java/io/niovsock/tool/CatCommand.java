// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool;

import io.niovsock.VsockPeers;
import io.niovsock.VsockProtocolFamily;
import io.niovsock.VsockSelectorProvider;
import io.niovsock.VsockSocketAddress;
import io.niovsock.tool.cat.Blocks;
import io.niovsock.tool.cat.DatagramPeer;
import io.niovsock.tool.cat.Sender;
import io.niovsock.tool.cat.StreamPeer;
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

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Joins a connection with the standard streams. */
@Command(name = "cat", description = {
    "Sends the standard input to a peer, and prints what the peer sends.",
    "",
    "ENDPOINT is vsock:CID:PORT, tcp:HOST:PORT, tcp:PORT (loopback), tcp:any:PORT (to listen at every address) or "
        + "unix:PATH.",
    "",
    "At the end of the standard input, the peer is told (half close), and its answer is still printed. It ends when "
        + "both directions have, or, at a terminal, when the peer has." })
final class CatCommand implements Callable<Integer> {
    private static final int BACKLOG = 128;
    private static final int STREAM_BUFFER = 256 << 10;
    private static final int RECORD_BUFFER = 4 << 20; // the largest record has the size of a socket's buffer
    private static final int LARGEST_BLOCK = 1 << 20;
    private static final int LARGEST_DATAGRAM = 69608;
    private static final double DATAGRAM_WAIT = 1; // seconds, for answers after the end of the input
    private static final Path STANDARD_INPUT = Path.of("/proc/self/fd/0");

    @ParentCommand
    private Tool tool;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "ENDPOINT", converter = EndpointConverter.class, description = "The peer, or with -l "
        + "where to listen.")
    private Endpoint endpoint;

    @Option(names = { "-l", "--listen" }, description = "Listen, and serve one peer.")
    private boolean listen;

    @Option(names = { "-k", "--keep-listening" }, description = "Serve one peer after the other, until a signal.")
    private boolean keepListening;

    @Option(names = "--from", paramLabel = "PEERS", converter = PeersConverter.class,
        description = "With -l or -k, accept only these vsock peers: "
            + "local, host, guests, CIDs and ranges of them, such as host,42,100-199. Default: everyone.")
    private VsockPeers from;

    @Option(names = { "-w", "--timeout" }, paramLabel = "SECONDS", description = "Fail after this time without a peer "
        + "or without a byte. With datagrams this is the end, and no failure; after a connect it is 1 by default.")
    private Double timeout;

    @Option(names = "--records", description = "A stream of records (SOCK_SEQPACKET): each block of the standard input "
        + "is a record.")
    private boolean records;

    @Option(names = "--datagrams", description = "Datagrams, which only VMware's transport has: each block is one.")
    private boolean datagrams;

    @Option(names = "--size", paramLabel = "BYTES", description = "The most bytes of a block. Default: 262144, or 8192 "
        + "for records and datagrams.")
    private Integer size;

    @Option(names = "--lines", description = "A block is a line, with its end.")
    private boolean lines;

    @Option(names = "--no-half-close", description = "Do not tell the peer of the end of the standard input: for "
        + "transports that then end the other direction, too (hybrid vsock).")
    private boolean noHalfClose;

    @Option(names = { "-v", "--verbose" }, description = "Tell where it listens, and who the peer is.")
    private boolean verbose;

    private Duration limit = Duration.ZERO;

    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        Sender sender = new Sender(new Blocks(new FileInputStream(FileDescriptor.in).getChannel(), size, lines));
        if (datagrams)
            exchangeDatagrams(sender);
        else if (listen || keepListening)
            serve(sender);
        else
            converse(Connector.connect(endpoint, records, limit), sender);
        sender.requireSent();
        return Tool.SUCCESS;
    }

    private void check() {
        if (timeout != null) {
            limit = Checks.seconds(spec, "--timeout", timeout);
            Checks.require(!limit.isZero(), spec, "--timeout: expected more than 0 seconds");
        }
        boolean isVsock = endpoint.kind() == Endpoint.Kind.VSOCK;
        Checks.require(isVsock || !records && !datagrams, spec, "only vsock has --records and --datagrams, not "
            + endpoint);
        Checks.require(from == null || isVsock && !datagrams && (listen || keepListening), spec, "--from: only a vsock "
            + "listener of streams or records accepts by CID");
        Checks.require(!records || !datagrams, spec, "--records and --datagrams exclude each other");
        Checks.require(!datagrams || !keepListening, spec, "--datagrams have no connection to keep listening after");
        if (size == null)
            size = records || datagrams ? 8192 : STREAM_BUFFER;
        Checks.range(spec, "--size", 1, datagrams ? LARGEST_DATAGRAM : LARGEST_BLOCK, size);
    }

    private void serve(Sender sender) throws IOException, InterruptedException {
        try (Listening listening = Listening.at(endpoint, BACKLOG, null, records, from)) {
            Signals.closeAtEnd(listening);
            tell("listening at " + listening);
            do {
                SocketChannel peer = accept(listening);
                tell("connected: " + peer.getRemoteAddress());
                converse(peer, sender);
            } while (keepListening);
        }
    }

    private SocketChannel accept(Listening listening) throws IOException {
        try (IdleLimit watch = new IdleLimit(listening.channel(), limit)) {
            SocketChannel peer = acceptOrNull(listening, watch);
            if (peer == null)
                throw new SocketTimeoutException("no peer came to " + listening.endpoint() + " within " + timeout
                    + " s");
            if (!keepListening)
                listening.close();
            return peer;
        }
    }

    private static SocketChannel acceptOrNull(Listening listening, IdleLimit watch) throws IOException {
        try {
            return listening.channel().accept();
        } catch (ClosedChannelException e) {
            if (watch.isOver())
                return null;
            throw e;
        }
    }

    /** With -k, what goes wrong with one peer is told, and the next one comes. */
    private void converse(SocketChannel channel, Sender sender) throws IOException, InterruptedException {
        try (channel; IdleLimit watch = new IdleLimit(channel, limit)) {
            StreamPeer peer = new StreamPeer(channel, watch, !noHalfClose);
            try {
                sender.attach(peer);
                peer.receive(records ? RECORD_BUFFER : STREAM_BUFFER, this::print);
                if (!keepListening && !Progress.isTerminal(STANDARD_INPUT))
                    sender.await();
            } catch (IOException e) {
                if (e == tool.output().failure() || !keepListening)
                    throw watch.isOver() ? idle() : e == tool.output().failure() ? e : named(e);
                System.err.println(Tool.NAME + ": " + (watch.isOver() ? idle() : named(e)).getMessage());
            } finally {
                sender.detach();
            }
            if (watch.isOver() && !keepListening)
                throw idle(); // while the rest of the input was sent
        }
    }

    private IOException named(IOException e) {
        return new IOException(endpoint + ": " + (e instanceof ClosedChannelException ? "closed" : e.getMessage()), e);
    }

    private IOException idle() {
        return new SocketTimeoutException(endpoint + ": no byte within " + timeout + " s");
    }

    private void exchangeDatagrams(Sender sender) throws IOException, InterruptedException {
        VsockSocketAddress address = endpoint.vsock();
        VsockSelectorProvider provider = VsockSelectorProvider.instance();
        try (DatagramChannel channel = provider.openDatagramChannel(VsockProtocolFamily.VSOCK)) {
            channel.bind(listen ? address : VsockSocketAddress.any(VsockSocketAddress.PORT_ANY));
            tell("listening at " + channel.getLocalAddress());
            try (IdleLimit whole = new IdleLimit(channel, limit)) {
                DatagramPeer peer = new DatagramPeer(channel, listen ? null : address, whole);
                sender.attach(peer);
                if (!listen && timeout == null)
                    endAfterInput(sender, channel, peer);
                else
                    receiveUntilIdle(peer, whole);
            }
        }
    }

    private void receiveUntilIdle(DatagramPeer peer, IdleLimit watch) throws IOException {
        try {
            peer.receive(this::print);
        } catch (AsynchronousCloseException e) {
            if (!watch.isOver())
                throw e;
        }
    }

    /** Receives while the input is sent, and for a moment after that. */
    private void endAfterInput(Sender sender, DatagramChannel channel, DatagramPeer peer) throws IOException {
        Thread watcher = new Thread(() -> {
            try {
                sender.await();
                Thread.sleep((long) (DATAGRAM_WAIT * 1000));
                channel.close();
            } catch (InterruptedException | IOException e) {
                Thread.currentThread().interrupt();
            }
        }, "cat-end");
        watcher.setDaemon(true);
        watcher.start();
        try {
            peer.receive(this::print);
        } catch (AsynchronousCloseException e) {
            return; // the time is over
        }
    }

    private void print(ByteBuffer bytes) throws IOException {
        tool.output().write(bytes);
    }

    private void tell(String what) {
        if (verbose)
            System.err.println(Tool.NAME + ": " + what);
    }
}
