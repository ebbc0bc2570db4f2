// SPDX-License-Identifier: Apache-2.0
package io.niovsock.asynchronous;

import io.niovsock.internal.jdk.PlatformAsynchronousProvider;
import io.niovsock.testkit.ChannelKind;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;

/** The kinds of asynchronous channels. One contract holds for all; the platform's own channel is the reference. */
public enum AsynchronousKind {
    /** The platform's own TCP channel, the reference. */
    PLATFORM(ChannelKind.TCP),

    /** A deferred channel that an Internet address makes TCP. */
    TCP(ChannelKind.TCP),

    /** A deferred channel that a vsock address makes vsock. */
    VSOCK(ChannelKind.DEFERRED_VSOCK);

    private final ChannelKind synchronous;

    AsynchronousKind(ChannelKind synchronous) {
        this.synchronous = synchronous;
    }

    AsynchronousChannelProvider provider() throws IOException {
        return this == PLATFORM ? PlatformAsynchronousProvider.get() : AsynchronousChannelProvider.provider();
    }

    AsynchronousChannelGroup openGroup(int threads, ThreadFactory factory) throws IOException {
        return provider().openAsynchronousChannelGroup(threads, factory);
    }

    AsynchronousChannelGroup openGroup(ExecutorService executor) throws IOException {
        return provider().openAsynchronousChannelGroup(executor, 0);
    }

    /** @param groupOrNull null: the default group */
    public AsynchronousSocketChannel openClient(AsynchronousChannelGroup groupOrNull) throws IOException {
        return provider().openAsynchronousSocketChannel(groupOrNull);
    }

    /** @param groupOrNull null: the default group */
    AsynchronousServerSocketChannel openServer(AsynchronousChannelGroup groupOrNull) throws IOException {
        return provider().openAsynchronousServerSocketChannel(groupOrNull);
    }

    /** A listener at an endpoint of its own. */
    public AsynchronousServerSocketChannel listen(AsynchronousChannelGroup groupOrNull) throws IOException {
        AsynchronousServerSocketChannel server = openServer(groupOrNull);
        try {
            return server.bind(freeEndpoint(), 1000);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    InetSocketAddress freeEndpoint() {
        return synchronous.freeEndpoint();
    }

    /** An endpoint without a listener. */
    InetSocketAddress nobody() throws IOException {
        return synchronous.nobody();
    }

    ChannelKind synchronous() {
        return synchronous;
    }
}
