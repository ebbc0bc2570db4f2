// SPDX-License-Identifier: Apache-2.0
package applications;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Checks after every test with the library that its descriptors are closed, and that no thread of it is in a channel, a
 * socket or a selector. Idle threads of a pool do not count: the pool ends them later.
 */
public final class LeftBehind implements BeforeEachCallback, AfterEachCallback {
    private static final Namespace NAMESPACE = Namespace.create(LeftBehind.class);
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private static final boolean HAS_LIBRARY =
        LeftBehind.class.getClassLoader().getResource("io/niovsock/Vsock.class") != null;

    record Before(TreeMap<Integer, String> descriptors, Set<Thread> threads) { }

    @Override
    public void beforeEach(ExtensionContext context) {
        context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent("warm", key -> warmUp());
        context.getStore(NAMESPACE).put("before", new Before(Wire.descriptors(), Thread.getAllStackTraces().keySet()));
    }

    /**
     * Opens the descriptors that a JVM opens once and keeps, to close a socket that a selector knows or that a thread
     * is blocked in.
     */
    private static boolean warmUp() {
        for (String host : List.of(Application.HOST, "127.0.0.1")) {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(host, 0));
                 SocketChannel client = SocketChannel.open(new InetSocketAddress(host, server.socket().getLocalPort()));
                 SocketChannel peer = server.accept(); Selector selector = Selector.open()) {
                peer.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                selector.selectNow();
                peer.close();
                closeWhileAccepting(server);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        return true;
    }

    private static void closeWhileAccepting(ServerSocketChannel server) throws Exception {
        Thread acceptor = new Thread(() -> {
            try {
                server.accept();
            } catch (Exception closed) {
                return;
            }
        });
        acceptor.start();
        while (!isInTheKernel(acceptor.getStackTrace()))
            Thread.sleep(1);
        server.close();
        acceptor.join();
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        if (!HAS_LIBRARY)
            return; // what a program leaves behind by itself is its own affair
        Application application = (Application) context.getRequiredTestInstance();
        Before before = context.getStore(NAMESPACE).get("before", Before.class);
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (List<String> left = left(application, before); !left.isEmpty(); left = left(application, before)) {
            if (System.nanoTime() - deadline > 0)
                throw new AssertionError("left behind:\n" + String.join("\n", left));
            System.gc(); // java.net.http.HttpClient of JDK 17 ends when it is collected
            Thread.sleep(50);
        }
    }

    private static List<String> left(Application application, Before before) {
        List<String> left = new ArrayList<>();
        Wire.descriptors().forEach((number, target) -> {
            boolean counts = application.closesItsSockets() && isOfATransport(target);
            if (counts && !target.equals(before.descriptors().get(number)))
                left.add("descriptor " + number + " " + target);
        });
        for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet())
            if (!before.threads().contains(entry.getKey()) && isInTheKernel(entry.getValue()))
                left.add("thread " + entry.getKey() + " at " + List.of(entry.getValue()));
        return left;
    }

    private static boolean isOfATransport(String target) {
        return target.startsWith("socket:") || target.startsWith("pipe:") || target.startsWith("anon_inode:");
    }

    private static boolean isInTheKernel(StackTraceElement[] stack) {
        for (StackTraceElement element : stack)
            if (element.getClassName().startsWith("sun.nio.ch.") || element.getClassName().startsWith("io.niovsock."))
                return true;
        return false;
    }
}
