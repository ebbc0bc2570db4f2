// SPDX-License-Identifier: Apache-2.0
package io.niovsock.hybrid;

import io.niovsock.testkit.Machine;
import io.niovsock.testkit.Streams;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Plays the vsock device of a virtual machine monitor, and the guest behind it. It uses only the JDK's own Unix-domain
 * channels. The test gets the guest's end of each connection.
 */
public final class PlayedDevice implements AutoCloseable {
    /** The kinds of monitors, each with its quirks. */
    public enum Monitor {
        /** Answers with a port of the host; drops a connection whose request comes in parts. */
        FIRECRACKER(false) {
            @Override
            String reply(long port, int count) {
                return "OK " + (1073741824L + count) + "\n";
            }
        },

        /** Answers with a port of the host; waits for the rest of a request. */
        CLOUD_HYPERVISOR(true) {
            @Override
            String reply(long port, int count) {
                return FIRECRACKER.reply(port, count);
            }
        },

        /** Answers with the port of the guest. */
        VHOST_DEVICE_VSOCK(true) {
            @Override
            String reply(long port, int count) {
                return "OK " + port + "\n";
            }
        };

        private final boolean keepsParts;

        Monitor(boolean keepsParts) {
            this.keepsParts = keepsParts;
        }

        abstract String reply(long port, int count);
    }

    /** What the device does with a connection whose request it has read; it may keep the connection. */
    public interface Script {
        void play(SocketChannel host, long port, String reply) throws Exception;
    }

    private static final String REQUEST = "CONNECT ";
    private static final int LONGEST_REQUEST = 32;

    private final Path socket;
    private final Monitor monitor;
    private final ServerSocketChannel server;
    private final Thread acceptor;
    private final AtomicInteger count = new AtomicInteger();
    private final Map<Long, Script> scripts = new ConcurrentHashMap<>();
    private final Map<Long, BlockingQueue<SocketChannel>> guestEnds = new ConcurrentHashMap<>();
    private final List<SocketChannel> all = new ArrayList<>();
    private volatile String problem;

    /** @param backlog of the socket; 0: the JDK's default */
    PlayedDevice(Path socket, Monitor monitor, int backlog) throws IOException {
        this.socket = socket;
        this.monitor = monitor;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(socket), backlog);
        this.acceptor = new Thread(this::acceptAll, "played-device");
        acceptor.setDaemon(true);
    }

    public static PlayedDevice start(Path socket, Monitor monitor) throws IOException {
        PlayedDevice device = new PlayedDevice(socket, monitor, 0);
        device.acceptor.start();
        return device;
    }

    /** A device that does not accept yet, with the smallest backlog. */
    static PlayedDevice startLater(Path socket) throws IOException {
        return new PlayedDevice(socket, Monitor.FIRECRACKER, 1);
    }

    void startAccepting() {
        acceptor.start();
    }

    public Path socket() {
        return socket;
    }

    /** A program in the guest listens on the port. */
    public PlayedDevice listen(long port) {
        BlockingQueue<SocketChannel> ends = guestEnds.computeIfAbsent(port, key -> new LinkedBlockingQueue<>());
        return script(port, (host, itsPort, reply) -> {
            Streams.write(host, reply);
            ends.add(host);
        });
    }

    /** The device does this with connections to the port. */
    PlayedDevice script(long port, Script script) {
        scripts.put(port, script);
        return this;
    }

    /** The guest's end of the next connection to the port. */
    public SocketChannel accept(long port) throws InterruptedException {
        SocketChannel end = guestEnds.get(port).poll(Machine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (end == null)
            throw new AssertionError("no connection to port " + port + "; " + problem);
        return end;
    }

    /** A program in the guest connects to the host's port. */
    public SocketChannel connectToHost(long port) throws IOException {
        return keep(SocketChannel.open(UnixDomainSocketAddress.of(fileOf(port))));
    }

    public Path fileOf(long port) {
        return Path.of(socket + "_" + port);
    }

    /** The number of connections that the device has accepted. */
    int count() {
        return count.get();
    }

    // -- the device

    private void acceptAll() {
        try {
            while (true) {
                SocketChannel host = keep(server.accept());
                int number = count.incrementAndGet();
                Thread thread = new Thread(() -> serve(host, number), "played-device-connection");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // the end of the test
        }
    }

    private SocketChannel keep(SocketChannel channel) {
        synchronized (all) {
            all.add(channel);
        }
        return channel;
    }

    private void serve(SocketChannel host, int number) {
        try {
            String request = readRequest(host);
            if (request == null) {
                host.close();
                return;
            }
            long port = Long.parseLong(request.substring(REQUEST.length()));
            Script script = scripts.get(port);
            if (script == null)
                host.close(); // without a word
            else
                script.play(host, port, monitor.reply(port, number));
        } catch (Exception e) {
            problem = e.toString();
        }
    }

    /** The request without its end of line, or null. */
    private String readRequest(SocketChannel host) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LONGEST_REQUEST);
        int n = host.read(bytes);
        while (monitor.keepsParts && n > 0 && bytes.get(bytes.position() - 1) != '\n')
            n = host.read(bytes);
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
        if (!text.startsWith(REQUEST) || text.indexOf('\n') != text.length() - 1) {
            problem = "the request is '" + text + "'";
            return null;
        }
        return text.strip();
    }

    /** Why the device has dropped a connection, if it has; else null. */
    String problem() {
        return problem;
    }

    /** The monitor ends: its socket stays in the file system, as that of a killed one does. */
    void die() throws IOException {
        server.close();
        awaitAcceptor();
        synchronized (all) {
            for (SocketChannel channel : all)
                channel.close();
            all.clear();
        }
    }

    /** Until the acceptor has left its system call, the kernel still lets clients connect. */
    private void awaitAcceptor() {
        try {
            acceptor.join(Machine.PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        die();
        Files.deleteIfExists(socket);
    }
}
