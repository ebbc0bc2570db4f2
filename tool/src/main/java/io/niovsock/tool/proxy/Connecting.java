// SPDX-License-Identifier: Apache-2.0
package io.niovsock.tool.proxy;

import io.niovsock.tool.net.Endpoint;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Connects to a target: to one of its addresses after the other, until one answers. If there is no descriptor left, or
 * the backlog of a Unix socket is full, it tries again, within the same limit of time.
 */
final class Connecting implements EventLoop.Handler {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final EventLoop loop;
    private final Endpoint target;
    private final Duration timeout;
    private final Consumer<SocketChannel> connected;
    private final Consumer<Throwable> failed;
    private final Queue<SocketAddress> addresses = new ArrayDeque<>();
    private SocketChannel channel; // pending; null: none
    private EventLoop.Timer limit; // null unless something is waited for
    private Throwable lastFailure;
    private boolean over;

    Connecting(EventLoop loop, Endpoint target, Duration timeout, Consumer<SocketChannel> connected,
               Consumer<Throwable> failed) {
        this.loop = loop;
        this.target = target;
        this.timeout = timeout;
        this.connected = connected;
        this.failed = failed;
    }

    void start() {
        if (target.isNamed()) {
            limitTime();
            Names.lookUp(target, found -> loop.execute(() -> connectTo(found)), e -> loop.execute(() -> fail(e)));
            return;
        }
        try {
            connectTo(target.addresses());
        } catch (UnknownHostException e) {
            fail(e);
        }
    }

    private void connectTo(List<SocketAddress> found) {
        addresses.addAll(found);
        attempt();
    }

    private void attempt() {
        if (over)
            return;
        SocketAddress address = addresses.peek();
        if (address == null) {
            fail(lastFailure);
            return;
        }
        try {
            attempt(address);
        } catch (IOException | RuntimeException e) {
            closeChannel();
            if (isOutOfDescriptors(e)) {
                pause(e);
            } else {
                addresses.remove();
                lastFailure = e;
                attempt();
            }
        }
    }

    private void attempt(SocketAddress address) throws IOException {
        channel = target.open(address);
        channel.configureBlocking(false);
        if (channel.connect(address)) {
            succeed();
        } else if (target.kind() == Endpoint.Kind.UNIX) {
            // EAGAIN: the backlog is full, and the kernel does not connect later.
            closeChannel();
            pause(new SocketTimeoutException("the backlog of the listener is full"));
        } else if (channel.finishConnect()) {
            succeed();
        } else {
            limitTime();
            loop.register(channel, SelectionKey.OP_CONNECT, this);
        }
    }

    private static boolean isOutOfDescriptors(Exception e) {
        return e.getMessage() != null && e.getMessage().contains("Too many open files");
    }

    private void pause(Exception cause) {
        lastFailure = cause;
        limitTime();
        loop.after(PAUSE, this::attempt);
    }

    private void limitTime() {
        if (limit == null)
            limit = loop.after(timeout, this::timeOut);
    }

    private void timeOut() {
        fail(lastFailure != null ? lastFailure
            : new SocketTimeoutException("no answer within " + timeout.toMillis() / 1e3 + " s"));
    }

    @Override
    public void ready(SelectionKey key) {
        try {
            if (channel.finishConnect())
                succeed();
        } catch (IOException e) {
            closeChannel();
            addresses.remove();
            lastFailure = e;
            attempt();
        }
    }

    @Override
    public void failed(Throwable cause) {
        fail(cause);
    }

    private void succeed() {
        over = true;
        stopTime();
        SocketChannel done = channel;
        channel = null;
        connected.accept(done);
    }

    private void fail(Throwable cause) {
        if (over)
            return;
        cancel();
        failed.accept(cause);
    }

    /** Gives up; neither of the two callbacks is called any more. */
    void cancel() {
        over = true;
        stopTime();
        closeChannel();
    }

    private void stopTime() {
        if (limit != null)
            limit.cancel();
    }

    private void closeChannel() {
        try {
            if (channel != null)
                channel.close();
        } catch (IOException e) {
            lastFailure = e;
        }
        channel = null;
    }
}
