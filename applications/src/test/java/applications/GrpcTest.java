// SPDX-License-Identifier: Apache-2.0
package applications;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

@Tag("agent") // or else gRPC would prefer Netty's epoll, which the class path has
@DisplayName("gRPC: grpc-netty")
class GrpcTest extends Application {
    private static final MethodDescriptor<byte[], byte[]> ECHO = MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY).setFullMethodName("Responder/Echo")
        .setRequestMarshaller(new Bytes()).setResponseMarshaller(new Bytes()).build();

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    Running start() throws IOException {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(HOST, 0)).maxInboundMessageSize(2 * LARGE)
            .addService(ServerServiceDefinition.builder("Responder")
            .addMethod(ECHO, ServerCalls.asyncUnaryCall((request, observer) -> {
                observer.onNext(answer(request));
                observer.onCompleted();
            })).build())
            .build().start();
        return new Running() {
            @Override
            public Client connect() {
                return new GrpcClient(server.getPort());
            }

            @Override
            public void close() throws InterruptedException {
                server.shutdown();
                if (!server.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    throw new AssertionError("the server does not end");
            }
        };
    }

    private static final class GrpcClient implements Client {
        private final ManagedChannel channel;

        GrpcClient(int port) {
            channel = NettyChannelBuilder.forAddress(HOST, port).usePlaintext().maxInboundMessageSize(2 * LARGE)
                .build();
        }

        @Override
        public byte[] echo(byte[] message) {
            CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return ClientCalls.blockingUnaryCall(channel, ECHO, options, message);
        }

        @Override
        public void close() throws InterruptedException {
            channel.shutdown();
            if (!channel.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS))
                throw new AssertionError("the client does not end");
        }
    }
}
