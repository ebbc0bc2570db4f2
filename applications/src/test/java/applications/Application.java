// SPDX-License-Identifier: Apache-2.0
package applications;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * The test that every application runs: a server that echoes requests, and its clients. They get a host and a port, and
 * do not know the transport.
 */
abstract class Application {
    /** The host, in the notation of programs' configurations. */
    static final String HOST = System.getProperty("applications.host", "127.0.0.1");

    /** The host in the notation before a colon and a port, as in a URL. */
    static final String HOST_IN_URL = HOST.contains(":") ? "[" + HOST + "]" : HOST;

    /** A limit. No reply takes a tenth of it, except on an emulated processor. */
    static final long PATIENCE_SECONDS = 120;

    static final int LARGE = 8 << 20;
    private static final int CONNECTIONS = 50;

    private volatile CyclicBarrier meeting;

    /** Starts the server at {@link #HOST}, on a port of its own choice. */
    abstract Running start() throws Exception;

    /** Whether the program closes each of its sockets, with the library and without it. */
    boolean closesItsSockets() {
        return true;
    }

    /** A server, and the shared part of its clients. Closing it stops both. */
    interface Running extends AutoCloseable {
        Client connect() throws Exception;
    }

    /** A client with one connection, which exists after its first request at the latest. */
    interface Client extends AutoCloseable {
        byte[] echo(byte[] message) throws Exception;

        @Override
        default void close() throws Exception { }
    }

    /** A port that is free, for a server that announces its port before it listens. */
    static int freePort() throws IOException {
        try (ServerSocketChannel probe = ServerSocketChannel.open()) {
            return probe.bind(new InetSocketAddress(HOST, 0)).socket().getLocalPort();
        }
    }

    /** The echo of a server. If fifty requests come at once, it answers none before all have arrived. */
    final byte[] answer(byte[] request) {
        CyclicBarrier together = meeting;
        if (together != null)
            await(together);
        return request;
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("not all have come: " + barrier.getNumberWaiting(), e);
        }
    }

    @Test
    void eightMebibytesComeBackAsTheyWere() throws Exception {
        try (Running application = start(); Client client = application.connect()) {
            assertEchoed(client, 1, LARGE);
            assertEchoed(client, 2, 1);
            Wire.assertExpected(3); // two ends and the listener
        }
    }

    @Test
    void fiftyConnectionsAtOnce() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CONNECTIONS);
        CyclicBarrier allAnswered = new CyclicBarrier(CONNECTIONS, () -> Wire.assertExpected(2 * CONNECTIONS + 1));
        meeting = new CyclicBarrier(CONNECTIONS);
        try (Running application = start()) {
            List<Future<?>> results = new ArrayList<>();
            for (int n = 0; n < CONNECTIONS; n++) {
                int seed = n;
                results.add(clients.submit(() -> {
                    try (Client client = application.connect()) {
                        assertEchoed(client, seed, 10_000 + seed);
                        await(allAnswered);
                    }
                    return null;
                }));
            }
            for (Future<?> result : results)
                result.get();
        } finally {
            meeting = null;
            clients.shutdownNow();
        }
    }

    private static void assertEchoed(Client client, int seed, int size) throws Exception {
        byte[] message = new byte[size];
        new Random(seed).nextBytes(message);
        assertEquals(digest(message), digest(client.echo(message)));
    }

    private static String digest(byte[] bytes) throws Exception {
        return bytes.length + " bytes, SHA-256 "
            + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
