// SPDX-License-Identifier: Apache-2.0
package applications;

import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("ZooKeeper: server and client")
class ZooKeeperTest extends Application {
    private static final int TICK_MILLIS = 3_000;
    private static final int SESSION_MILLIS = 60_000;

    @TempDir
    private Path folder;

    /** The setting that its documentation recommends for larger nodes, on both sides. */
    @BeforeAll
    static void allowLargeNodes() {
        System.setProperty("jute.maxbuffer", String.valueOf(2 * LARGE));
    }

    @Override
    Running start() throws Exception {
        ZooKeeperServer server = new ZooKeeperServer(folder.toFile(), folder.toFile(), TICK_MILLIS);
        ServerCnxnFactory listener = ServerCnxnFactory.createFactory(new InetSocketAddress(HOST, 0), 100);
        listener.startup(server);
        return new Running() {
            @Override
            public Client connect() throws Exception {
                return new ZooKeeperClient(listener.getLocalPort());
            }

            @Override
            public void close() throws Exception {
                listener.shutdown();
            }
        };
    }

    private static final class ZooKeeperClient implements Client {
        private final ZooKeeper client;

        ZooKeeperClient(int port) throws Exception {
            CountDownLatch connected = new CountDownLatch(1);
            client = new ZooKeeper(HOST_IN_URL + ":" + port, SESSION_MILLIS, event -> {
                if (event.getState() == KeeperState.SyncConnected)
                    connected.countDown();
            });
            assertTrue(connected.await(PATIENCE_SECONDS, TimeUnit.SECONDS), () -> "not connected: " + client);
        }

        @Override
        public byte[] echo(byte[] message) throws Exception {
            String node = client.create("/n", message, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL);
            return client.getData(node, false, null);
        }

        @Override
        public void close() throws InterruptedException {
            client.close();
        }
    }
}
