// SPDX-License-Identifier: Apache-2.0
package applications;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.ipc.GenericRefreshProtocol;
import org.apache.hadoop.ipc.ProtobufRpcEngine2;
import org.apache.hadoop.ipc.RPC;
import org.apache.hadoop.ipc.RefreshResponse;
import org.apache.hadoop.ipc.proto.GenericRefreshProtocolProtos.GenericRefreshProtocolService;
import org.apache.hadoop.ipc.protocolPB.GenericRefreshProtocolClientSideTranslatorPB;
import org.apache.hadoop.ipc.protocolPB.GenericRefreshProtocolPB;
import org.apache.hadoop.ipc.protocolPB.GenericRefreshProtocolServerSideTranslatorPB;
import org.apache.hadoop.net.NetUtils;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.DisplayName;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** Calls of one of Hadoop's own protocols, whose requests and responses have a text. */
@DisplayName("Hadoop IPC: server and client")
class HadoopTest extends Application {
    private static final int HANDLERS = 50;

    private final Configuration configuration = new Configuration();
    private final AtomicInteger users = new AtomicInteger();

    @Override
    Running start() throws IOException {
        configuration.setInt("ipc.server.max.response.size", 2 * LARGE);
        RPC.setProtocolEngine(configuration, GenericRefreshProtocolPB.class, ProtobufRpcEngine2.class);
        GenericRefreshProtocol echo = (identifier, texts) -> List.of(response(answer(texts[0])));
        RPC.Server server = new RPC.Builder(configuration).setProtocol(GenericRefreshProtocolPB.class)
            .setInstance(GenericRefreshProtocolService.newReflectiveBlockingService(
                new GenericRefreshProtocolServerSideTranslatorPB(echo)))
            .setBindAddress(HOST).setPort(0).setNumHandlers(HANDLERS).build();
        server.start();
        return new Running() {
            @Override
            public Client connect() throws IOException {
                return new Caller(server.getListenerAddress());
            }

            @Override
            public void close() throws Exception {
                server.stop();
                server.join();
                closeIdleSelectors();
            }
        };
    }

    /** Does what Hadoop does ten seconds later, but only if it then uses a selector. */
    private static void closeIdleSelectors() throws ReflectiveOperationException {
        Class<?> pool = Class.forName("org.apache.hadoop.net.SocketIOWithTimeout$SelectorPool");
        Method trim = pool.getDeclaredMethod("trimIdleSelectors", long.class);
        trim.setAccessible(true);
        trim.invoke(null, Long.MAX_VALUE);
    }

    private static RefreshResponse response(String text) {
        RefreshResponse response = new RefreshResponse(0, text);
        response.setSenderName("applications");
        return response;
    }

    private String answer(String text) {
        return new String(answer(text.getBytes(ISO_8859_1)), ISO_8859_1);
    }

    /** Calls as a user of its own, since the connection of a user is shared. */
    private final class Caller implements Client {
        private final GenericRefreshProtocolClientSideTranslatorPB protocol;

        Caller(InetSocketAddress server) throws IOException {
            UserGroupInformation user = UserGroupInformation.createRemoteUser("user" + users.incrementAndGet());
            protocol = new GenericRefreshProtocolClientSideTranslatorPB(RPC.getProxy(GenericRefreshProtocolPB.class,
                RPC.getProtocolVersion(GenericRefreshProtocolPB.class), server, user, configuration,
                NetUtils.getDefaultSocketFactory(configuration)));
        }

        @Override
        public byte[] echo(byte[] message) throws IOException {
            String[] texts = {new String(message, ISO_8859_1)};
            return protocol.refresh("echo", texts).iterator().next().getMessage().getBytes(ISO_8859_1);
        }

        @Override
        public void close() throws IOException {
            protocol.close();
        }
    }
}
