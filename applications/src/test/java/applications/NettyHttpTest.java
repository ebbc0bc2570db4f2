// SPDX-License-Identifier: Apache-2.0
package applications;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.DisplayName;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

@DisplayName("Netty: HTTP")
class NettyHttpTest extends Application {
    @Override
    Running start() throws Exception {
        NioEventLoopGroup loops = new NioEventLoopGroup(2);
        ExecutorService workers = Executors.newCachedThreadPool();
        Channel server = new ServerBootstrap().group(loops).channel(NioServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                @Override
                protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(2 * LARGE),
                        new Responder(workers));
                }
            })
            .bind(HOST, 0).sync().channel();
        int port = ((InetSocketAddress) server.localAddress()).getPort();
        return new Running() {
            @Override
            public Client connect() throws Exception {
                return new NettyClient(loops, port);
            }

            @Override
            public void close() throws Exception {
                server.close().sync();
                loops.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS).sync();
                workers.shutdownNow();
            }
        };
    }

    /** Answers asynchronously: an event loop must not wait until all fifty requests have arrived. */
    private final class Responder extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final ExecutorService workers;

        Responder(ExecutorService workers) {
            this.workers = workers;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            byte[] content = ByteBufUtil.getBytes(request.content());
            workers.execute(() -> respond(context, answer(content)));
        }

        private void respond(ChannelHandlerContext context, byte[] answer) {
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK,
                Unpooled.wrappedBuffer(answer));
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.length);
            context.writeAndFlush(response);
        }
    }

    private static final class NettyClient extends SimpleChannelInboundHandler<FullHttpResponse> implements Client {
        private final Channel channel;
        private volatile CompletableFuture<byte[]> reply;

        NettyClient(NioEventLoopGroup loops, int port) throws Exception {
            channel = new Bootstrap().group(loops).channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(2 * LARGE),
                            NettyClient.this);
                    }
                })
                .connect(HOST, port).sync().channel();
        }

        @Override
        public byte[] echo(byte[] message) throws Exception {
            FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/",
                Unpooled.wrappedBuffer(message));
            request.headers().set(HttpHeaderNames.HOST, HOST_IN_URL);
            request.headers().set(HttpHeaderNames.CONTENT_LENGTH, message.length);
            reply = new CompletableFuture<>();
            channel.writeAndFlush(request).sync();
            return reply.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            reply.complete(ByteBufUtil.getBytes(response.content()));
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            reply.completeExceptionally(new IOException("closed by the server"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            reply.completeExceptionally(cause);
        }

        @Override
        public void close() throws Exception {
            channel.close().sync();
        }
    }
}
