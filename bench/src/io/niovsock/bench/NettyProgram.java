// SPDX-License-Identifier: Apache-2.0
package io.niovsock.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * A program that knows TCP addresses only: a client and a server on Netty, each on a thread of its own. Rules make it
 * vsock, or {@link Sidecar} carries it over vsock, or it stays TCP.
 */
final class NettyProgram implements Benchmark {
    private static final int PIECE = 64 << 10;
    private static final long BYTES = 64L << 20; // of an iteration
    private static final double NANOS_PER_TICK = 1e9 / 100; // of /proc/stat: USER_HZ

    private enum Measure { ROUND_TRIPS, THROUGHPUT, PROCESSOR_TIME }

    private final Measure measure;
    private final boolean epoll;
    private final EventLoopGroup threads;
    private final Client client = new Client();
    private final Channel connection;

    private NettyProgram(Measure measure, boolean epoll, boolean sidecar) throws Exception {
        this.measure = measure;
        this.epoll = epoll;
        this.threads = epoll ? new EpollEventLoopGroup(2) : new NioEventLoopGroup(2);
        InetSocketAddress server = listen();
        connection = connect(sidecar ? Sidecar.start(server.getPort()) : server.getPort());
    }

    /** @param way how the program's bytes get to the other side: names of {@link Plan} */
    static NettyProgram of(String benchmark, String way) throws Exception {
        Measure measure = switch (benchmark) {
            case Plan.PROGRAM_ROUND_TRIPS -> Measure.ROUND_TRIPS;
            case Plan.PROGRAM_THROUGHPUT -> Measure.THROUGHPUT;
            default -> Measure.PROCESSOR_TIME;
        };
        return new NettyProgram(measure, way.startsWith(Plan.EPOLL), way.startsWith(Plan.SIDECAR));
    }

    private InetSocketAddress listen() throws InterruptedException {
        return (InetSocketAddress) new ServerBootstrap().group(threads)
            .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .childHandler(measure == Measure.ROUND_TRIPS ? new Echo() : new Sink())
            .childOption(ChannelOption.TCP_NODELAY, true)
            .bind("127.0.0.1", 0).sync().channel().localAddress();
    }

    private Channel connect(int port) throws InterruptedException {
        return new Bootstrap().group(threads).channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true).handler(client)
            .connect("127.0.0.1", port).sync().channel();
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            context.writeAndFlush(bytes, context.voidPromise());
        }
    }

    /** Answers a byte when all bytes of an iteration are there. */
    private static final class Sink extends SimpleChannelInboundHandler<ByteBuf> {
        private long missing = BYTES;

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            missing -= bytes.readableBytes();
            if (missing == 0) {
                missing = BYTES;
                context.writeAndFlush(Unpooled.buffer(1).writeByte(0));
            }
        }
    }

    /** One exchange after the other until a time, or all bytes of an iteration and the answer to them. */
    private final class Client extends ChannelInboundHandlerAdapter {
        private final ByteBuf piece = Unpooled.directBuffer(PIECE).writeZero(PIECE);
        private CompletableFuture<Double> result;
        private long start;
        private long end;
        private long trips;
        private long unsent;

        void begin(CompletableFuture<Double> its, long nanos) {
            result = its;
            start = System.nanoTime();
            end = start + nanos;
            trips = 0;
            if (measure == Measure.ROUND_TRIPS) {
                connection.writeAndFlush(Unpooled.directBuffer(1).writeByte(0));
            } else {
                unsent = BYTES;
                send(connection);
            }
        }

        private void send(Channel channel) {
            for (; unsent > 0 && channel.isWritable(); unsent -= PIECE)
                channel.write(piece.retainedDuplicate(), channel.voidPromise());
            channel.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (context.channel().isWritable() && unsent > 0)
                send(context.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            long now = System.nanoTime();
            trips++;
            if (measure == Measure.ROUND_TRIPS && now < end) {
                context.writeAndFlush(bytes, context.voidPromise());
                return;
            }
            ((ByteBuf) bytes).release();
            result.complete(measure == Measure.ROUND_TRIPS ? (now - start) / 1e3 / trips
                : BYTES / 1048576.0 / ((now - start) / 1e9));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            result.completeExceptionally(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (result != null)
                result.completeExceptionally(new IllegalStateException("the connection has ended"));
        }
    }

    @Override
    public double iteration(double seconds) throws Exception {
        CompletableFuture<Double> result = new CompletableFuture<>();
        double used = measure == Measure.PROCESSOR_TIME ? processorNanos() : 0;
        connection.eventLoop().execute(() -> client.begin(result, (long) (seconds * 1e9)));
        double value = result.get();
        return measure == Measure.PROCESSOR_TIME ? (processorNanos() - used) / (BYTES >> 10) : value;
    }

    /**
     * What all processors have done since the machine started: threads of the kernel move a part of the bytes, and
     * belong to no process.
     */
    private static double processorNanos() throws Exception {
        String[] numbers = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
        long ticks = 0;
        for (int i = 1; i <= 8; i++) // user, nice, system, idle, iowait, irq, softirq, steal
            if (i != 4 && i != 5)
                ticks += Long.parseLong(numbers[i]);
        return ticks * NANOS_PER_TICK;
    }
}
