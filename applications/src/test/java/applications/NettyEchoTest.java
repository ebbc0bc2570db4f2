// SPDX-License-Identifier: Apache-2.0
package applications;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import org.junit.jupiter.api.DisplayName;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

@DisplayName("Netty: echo")
class NettyEchoTest extends Application {
    /** Netty's transport that this program uses. */
    record Transport(EventLoopGroup loops, Class<? extends ServerChannel> listener,
                     Class<? extends Channel> channel) { }

    Transport transport() {
        return new Transport(new NioEventLoopGroup(2), NioServerSocketChannel.class, NioSocketChannel.class);
    }

    @Override
    Running start() throws Exception {
        Transport transport = transport();
        EventLoopGroup loops = transport.loops();
        Channel server = new ServerBootstrap().group(loops).channel(transport.listener())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Echo())
            .bind(HOST, 0).sync().channel();
        int port = ((InetSocketAddress) server.localAddress()).getPort();
        return new Running() {
            @Override
            public Client connect() throws Exception {
                return new NettyClient(transport, port);
            }

            @Override
            public void close() throws Exception {
                server.close().sync();
                loops.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS).sync();
            }
        };
    }

    @Sharable
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }

    private static final class NettyClient extends SimpleChannelInboundHandler<ByteBuf> implements Client {
        private final Channel channel;
        private volatile int expected;
        private ByteArrayOutputStream received;
        private volatile CompletableFuture<byte[]> reply;

        NettyClient(Transport transport, int port) throws Exception {
            channel = new Bootstrap().group(transport.loops()).channel(transport.channel())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(this)
                .connect(HOST, port).sync().channel();
        }

        @Override
        public byte[] echo(byte[] message) throws Exception {
            received = new ByteArrayOutputStream(message.length);
            expected = message.length;
            reply = new CompletableFuture<>();
            channel.writeAndFlush(Unpooled.wrappedBuffer(message)).sync();
            return reply.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) throws IOException {
            bytes.readBytes(received, bytes.readableBytes());
            if (received.size() >= expected)
                reply.complete(received.toByteArray());
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
