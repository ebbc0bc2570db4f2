// SPDX-License-Identifier: Apache-2.0
package applications;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

import java.io.IOException;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A cluster of two members, each of which has a copy of every entry, and clients connected to both. */
@DisplayName("Hazelcast: cluster and clients")
class HazelcastTest extends Application {
    /** A member looks for its address among the network interfaces, unless it is told. */
    @BeforeAll
    static void tellLocalAddress() {
        System.setProperty("hazelcast.local.localAddress", HOST);
    }

    @Override
    Running start() throws IOException {
        int port = freePort();
        String address = HOST_IN_URL + ":" + port;
        HazelcastInstance first = Hazelcast.newHazelcastInstance(member(port, address));
        HazelcastInstance second = Hazelcast.newHazelcastInstance(member(freePort(), address));
        assertEquals(2, first.getCluster().getMembers().size());
        return new Running() {
            @Override
            public Client connect() {
                return new MapClient(address);
            }

            @Override
            public void close() {
                second.shutdown();
                first.shutdown();
            }
        };
    }

    /** Seen once over TCP, without the library: a minute after the shutdown of both members, a socket was there. */
    @Override
    boolean closesItsSockets() {
        return false;
    }

    private static Config member(int port, String first) {
        Config config = new Config();
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.setProperty("hazelcast.wait.seconds.before.join", "0");
        config.setProperty("hazelcast.partition.count", "11");
        config.getNetworkConfig().setPort(port).setPortAutoIncrement(false);
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember(first);
        return config;
    }

    private static final class MapClient implements Client {
        private final HazelcastInstance client;

        MapClient(String address) {
            ClientConfig config = new ClientConfig();
            config.getNetworkConfig().addAddress(address);
            client = HazelcastClient.newHazelcastClient(config);
        }

        @Override
        public byte[] echo(byte[] message) {
            IMap<String, byte[]> map = client.getMap("echo");
            map.set(client.getName(), message);
            return map.get(client.getName());
        }

        @Override
        public void close() {
            client.shutdown();
        }
    }
}
